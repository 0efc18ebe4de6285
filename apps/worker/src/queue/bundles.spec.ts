import { describe, expect, it } from 'vitest';
import { BUNDLE_MAX, dataOf, idOf, parcelsOf, unbundled } from './bundles.js';
import type { Job, JobKind } from './job.js';

function job(kind: JobKind, nr: number, delayMs = 0): Job {
  const data = { position: nr, correlationId: 'asked' };
  return { kind, id: `${kind}-${nr}`, delayMs, data } as unknown as Job;
}

const kindsAndIds = (jobs: readonly Job[]) =>
  parcelsOf(jobs).map((parcel) => parcel.map(({ id }) => id));

describe('jobs that are added together', () => {
  it('go in bundles of one kind each, in their order', () => {
    const jobs = [1, 2, 3].flatMap((nr) => [job('start-workload', nr), job('stop-workload', nr)]);
    expect(kindsAndIds(jobs)).toEqual([
      ['start-workload-1', 'start-workload-2', 'start-workload-3'],
      ['stop-workload-1', 'stop-workload-2', 'stop-workload-3'],
    ]);
  });

  it('wait together only where they wait for the same time', () => {
    const jobs = [250, 500, 250].map((delayMs, nr) => job('start-workload', nr, delayMs));
    expect(kindsAndIds(jobs)).toEqual([
      ['start-workload-0', 'start-workload-2'],
      ['start-workload-1'],
    ]);
  });

  it('stay alone where they are alarms, or none of a workload', () => {
    const jobs = [1, 2].flatMap((nr) => [job('enforce-timeout', nr), job('provision-host', nr)]);
    expect(parcelsOf(jobs).map(({ length }) => length)).toEqual(jobs.map(() => 1));
  });

  it('are no more in a bundle than its bound, and none is lost', () => {
    const jobs = Array.from({ length: 2 * BUNDLE_MAX + 1 }, (_, nr) => job('start-workload', nr));
    const parcels = parcelsOf(jobs);
    expect(parcels.map(({ length }) => length)).toEqual([BUNDLE_MAX, BUNDLE_MAX, 1]);
    const back = parcels.flatMap((parcel) => unbundled(idOf(parcel), dataOf(parcel)));
    expect(back).toEqual(jobs.map(({ id, data }) => ({ id, data })));
  });

  it('have the same id when they are added together again, and one that any datastore takes', () => {
    const jobs = [1, 2].map((nr) => job('start-workload', nr));
    const ids = [1, 2].map(() => parcelsOf(jobs).map(idOf));
    expect(ids[0]?.[0]).toMatch(/^start-workload-1-and-1-[0-9a-f]{16}$/);
    expect(ids[1]).toEqual(ids[0]);
    expect(ids[0]?.[0]).not.toContain(':');
  });

  it('have another id in other company', () => {
    const [first, second, third] = [1, 2, 3].map((nr) => job('start-workload', nr));
    const ids = [[first, second] as const, [first, third] as const].map((jobs) =>
      parcelsOf(jobs as unknown as Job[]).map(idOf),
    );
    expect(ids[0]).not.toEqual(ids[1]);
  });

  it('that come alone are what they were', () => {
    const [parcel] = parcelsOf([job('start-workload', 1)]);
    if (parcel === undefined) throw new Error('nothing was added');
    expect(idOf(parcel)).toBe('start-workload-1');
    expect(dataOf(parcel)).toEqual(job('start-workload', 1).data);
  });
});
