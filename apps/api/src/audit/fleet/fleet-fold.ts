import { emptyFleet, evolveFleet, type Fleet, fleetEventTypes } from '@bulkhead/domain';
import type { LogBatch, WholeLog } from '@bulkhead/event-store';
import { unavailable } from '../../problems/problems.js';
import type { Timers } from '../../sources.js';

/** How long a request waits for the fold, which goes on without it: it may ask again. */
export const FOLD_WAIT_MS = 5_000;
/** How long a fleet that nobody asks about is kept in memory. */
export const FLEET_KEPT_MS = 600_000;
const RETRY_AFTER_SECONDS = 2;

/**
 * The fleet as the log tells it, for operators who ask about placement. Nobody pays for it before the
 * first of them: it is folded when it is asked for, moved on with each further question, and let go when
 * no more come.
 */
export class FleetFold {
  private fleet: Fleet = emptyFleet();
  private moving: Promise<Fleet> | null = null;
  private keepNoLonger: () => void = () => {};

  constructor(
    private readonly log: Pick<WholeLog, 'streamAll'>,
    private readonly timers: Timers,
  ) {}

  /**
   * The fleet, with everything that was in the log when this was called.
   * @throws RequestProblem (503) where reading the log takes longer than a request should
   */
  async current(): Promise<Fleet> {
    this.keepNoLonger();
    this.keepNoLonger = this.timers.after(FLEET_KEPT_MS, () => this.forget());
    // What is under way may have seen where the log ends before now, so it does not do; the next one does.
    const before = this.moving;
    if (before !== null) await this.soon(before);
    const isNewer = this.moving !== null && this.moving !== before;
    return this.soon(isNewer ? (this.moving as Promise<Fleet>) : this.move());
  }

  private forget(): void {
    this.fleet = emptyFleet();
  }

  private move(): Promise<Fleet> {
    const moving = this.readOn(this.fleet).finally(() => {
      this.moving = null;
    });
    this.moving = moving;
    return moving;
  }

  private async readOn(fleet: Fleet): Promise<Fleet> {
    const options = { afterPosition: fleet.position, types: fleetEventTypes };
    for await (const batch of this.log.streamAll(options)) this.foldAll(fleet, batch);
    return fleet;
  }

  private foldAll(fleet: Fleet, { events, throughPosition }: LogBatch): void {
    try {
      for (const recorded of events) evolveFleet(fleet, recorded);
    } catch (error) {
      // An event was folded halfway, so nothing can go on from here.
      this.forget();
      throw error;
    }
    fleet.position = Math.max(fleet.position, throughPosition);
  }

  private soon(moving: Promise<Fleet>): Promise<Fleet> {
    return new Promise((resolve, reject) => {
      const cancel = this.timers.after(FOLD_WAIT_MS, () => {
        const detail = `The fleet is being read from the log, and has come to position ${this.fleet.position}.`;
        reject(unavailable('FLEET_BEING_READ', detail, RETRY_AFTER_SECONDS));
      });
      moving.then(resolve, reject).finally(cancel);
    });
  }
}
