import { describe, expect, it } from 'vitest';
import { simulate } from '../simulate.js';
import { evictedAfterBoot } from './evicted-after-boot.js';
import { leasedByAJob } from './leased-by-a-job.js';
import { newcomerBesideEvicted } from './newcomer-beside-evicted.js';

/** Worlds in which something went wrong once, as small as they could be made. */
describe('a world that failed once', () => {
  it('lets nobody join a kernel whose evicted silo still runs, however late the log is read', async () => {
    expect((await simulate(newcomerBesideEvicted)).failure).toBeNull();
  });

  it('evicts nothing because of an advisory whose host has booted meanwhile', async () => {
    expect((await simulate(evictedAfterBoot)).failure).toBeNull();
  });

  it('starts nothing once more that may still run on a host which a job has booted', async () => {
    expect((await simulate(leasedByAJob)).failure).toBeNull();
  });
});
