import { createHash } from 'node:crypto';
import type { Job, WorkloadJobKind } from './job.js';

/**
 * Jobs in one bundle. A datastore spends on a job of sixteen what it spends on one; more would gain little
 * and keep too many in one worker's hands while others are idle.
 */
export const BUNDLE_MAX = 16;

/** Of the ids in a bundle: two of the bundles that a queue holds will not have the same. */
const DIGEST_LENGTH = 16;

/** Short steps that come in great numbers. Alarms have a time of their own and stay alone. */
const BUNDLED: ReadonlySet<string> = new Set<WorkloadJobKind>([
  'start-workload',
  'stop-workload',
  'release-workload',
]);

/** A job as it lies in a bundle. */
export type BundledJob = Pick<Job, 'id' | 'data'>;

/** What a queue keeps of many jobs of one kind: they are taken together, and each succeeds or fails alone. */
export interface BundleData {
  readonly bundle: readonly BundledJob[];
}

/** What is added to a queue at once: one job as it is, or some of one kind. */
export type Parcel = readonly [Job, ...Job[]];

/**
 * Jobs of the same kind and time that are added together, in their order, in as few parcels as their bound
 * allows. A lone job is a parcel of its own.
 */
export function parcelsOf(jobs: readonly Job[]): readonly Parcel[] {
  const parcels: [Job, ...Job[]][] = [];
  const open = new Map<string, [Job, ...Job[]]>();
  for (const job of jobs) {
    const company = `${job.kind} ${job.delayMs}`;
    const mine = BUNDLED.has(job.kind) ? open.get(company) : undefined;
    if (mine !== undefined && mine.length < BUNDLE_MAX) {
      mine.push(job);
      continue;
    }
    const parcel: [Job, ...Job[]] = [job];
    parcels.push(parcel);
    open.set(company, parcel);
  }
  return parcels;
}

/**
 * The id follows from the events too: the same jobs added together again are the same parcel, and what is
 * left of a parcel is another.
 */
export function idOf(parcel: Parcel): string {
  const [first, ...others] = parcel;
  if (others.length === 0) return first.id;
  const all = parcel.map(({ id }) => id).join();
  const digest = createHash('sha256').update(all).digest('hex').slice(0, DIGEST_LENGTH);
  return `${first.id}-and-${others.length}-${digest}`;
}

export function dataOf(parcel: Parcel): Job['data'] | BundleData {
  if (parcel.length === 1) return parcel[0].data;
  return { bundle: parcel.map(({ id, data }) => ({ id, data })) };
}

/** The jobs of what was taken from a queue. */
export function unbundled(id: string, data: Job['data'] | BundleData): readonly BundledJob[] {
  return 'bundle' in data ? data.bundle : [{ id, data }];
}
