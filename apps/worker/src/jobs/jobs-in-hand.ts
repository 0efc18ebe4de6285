import { Slots } from '../slots.js';

/** Parcels that a worker asks for beyond those in hand, before it has seen how many jobs are in each. */
export const AHEAD_MAX = 4;

/**
 * The jobs that one worker has in hand from one queue. A parcel of the queue holds one job or many, and only
 * who opens it knows; so a worker asks for a few parcels more than it has, as long as there is room for jobs.
 */
export class JobsInHand {
  private jobs = 0;
  private parcels = 0;
  private readonly slots: Slots;

  constructor(
    private readonly jobsMax: number,
    /** Told how many parcels may be in hand now. */
    private readonly allow: (parcels: number) => void,
  ) {
    this.slots = new Slots(jobsMax);
    this.allowMore();
  }

  /** Does something with each job of a parcel, within the bound; never throws what single ones throw. */
  async each<T>(jobs: readonly T[], act: (job: T) => Promise<void>) {
    this.change(jobs.length, 1);
    try {
      return await Promise.allSettled(jobs.map((job) => this.slots.run(() => act(job))));
    } finally {
      this.change(-jobs.length, -1);
    }
  }

  private change(jobs: number, parcels: number): void {
    this.jobs += jobs;
    this.parcels += parcels;
    this.allowMore();
  }

  private allowMore(): void {
    const room = Math.max(0, this.jobsMax - this.jobs);
    this.allow(Math.max(1, this.parcels + Math.min(room, AHEAD_MAX)));
  }
}
