import { readSwf } from './read-swf.js';
import type { SwfJob } from './swf-job.js';

/** Which jobs of a log are taken: all, the first so many, or so many spread evenly over it. */
export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'first'; readonly count: number }
  | { readonly kind: 'sample'; readonly count: number };

/** A line that was left out, and why. */
export interface MalformedLine {
  readonly line: number;
  readonly problem: string;
}

/** Reads the jobs of a selection, in the order of the file, and tells of each malformed line. */
export async function* selectJobs(
  path: string,
  selection: Selection,
  malformed: (line: MalformedLine) => void = () => undefined,
): AsyncGenerator<SwfJob> {
  const total = selection.kind === 'sample' ? await countJobs(path) : 0;
  let index = 0;
  for await (const line of readSwf(path)) {
    if (line.kind === 'malformed') {
      malformed({ line: line.line, problem: line.problem });
      continue;
    }
    if (selection.kind === 'first' && index >= selection.count) return;
    if (selection.kind !== 'sample' || isSampled(index, total, selection.count)) yield line.job;
    index += 1;
  }
}

/** True for exactly `count` of the indexes below `total`, as evenly spread as whole numbers allow. */
export function isSampled(index: number, total: number, count: number): boolean {
  if (count >= total) return true;
  return Math.floor(((index + 1) * count) / total) > Math.floor((index * count) / total);
}

async function countJobs(path: string): Promise<number> {
  let jobs = 0;
  for await (const line of readSwf(path)) if (line.kind === 'job') jobs += 1;
  return jobs;
}
