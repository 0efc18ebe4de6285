import type { WorkloadRequest } from '../workload/request.js';

/** Tasks in one BatchTasksAdded event, where they ask for little. */
export const BATCH_CHUNK_TASKS = 500;
/**
 * What the tasks of one event may come to, in characters of JSON, or a single one of them. Whoever reads the
 * log holds thousands of events at a time, and what tasks ask for is up to their tenant.
 */
export const BATCH_CHUNK_CHARS = 256 * 1024;

/** Names, numbers and hashes of a request: what is long in it besides is counted. */
const OTHER_CHARS = 400;
/** Quotation marks and a comma, or the digits of a code. */
const AROUND_TEXT_CHARS = 3;
const CODE_CHARS = 12;

/** The tasks in their order, in the chunks in which events hold them. */
export function chunksOf(
  tasks: readonly WorkloadRequest[],
): readonly (readonly WorkloadRequest[])[] {
  const chunks: WorkloadRequest[][] = [];
  let chunk: WorkloadRequest[] = [];
  let chars = 0;
  for (const task of tasks) {
    const own = charsOf(task);
    const isFull = chunk.length === BATCH_CHUNK_TASKS || chars + own > BATCH_CHUNK_CHARS;
    if (chunk.length === 0 || isFull) {
      chunk = [];
      chars = 0;
      chunks.push(chunk);
    }
    chunk.push(task);
    chars += own;
  }
  return chunks;
}

function charsOf({ image, user, restartPolicy, ...lists }: WorkloadRequest): number {
  const { capabilities, hostAccess, hostSelector } = lists;
  const labels = Object.entries(hostSelector).flat();
  const texts = [image, user ?? '', ...capabilities, ...hostAccess, ...labels];
  const codes = restartPolicy.finalExitCodes?.length ?? 0;
  return texts.reduce(
    (sum, { length }) => sum + length + AROUND_TEXT_CHARS,
    OTHER_CHARS + codes * CODE_CHARS,
  );
}
