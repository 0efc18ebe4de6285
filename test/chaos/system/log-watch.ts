import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@bulkhead/domain';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import type pg from 'pg';
import { v7 } from 'uuid';

const PAGE = 5_000;
const LOOK_EVERY_MS = 100;

const ENDS: ReadonlySet<string> = new Set([
  'WorkloadSucceeded',
  'WorkloadFailed',
  'WorkloadCancelled',
  'WorkloadTimedOut',
  'WorkloadRejected',
  'BatchSucceeded',
  'BatchFailed',
  'BatchCancelled',
]);
const BEGINS: ReadonlySet<string> = new Set(['WorkloadSubmitted', 'BatchSubmitted']);

/** The log as it grows, read past every proxy: nothing that goes wrong keeps a test from seeing it. */
export class LogWatch {
  readonly events: RecordedEvent[] = [];
  /** Workloads and batches that have begun and not ended. */
  readonly open = new Set<string>();
  /** How many have ended. */
  ended = 0;
  private readonly pool: pg.Pool;
  private readonly log: PostgresLog;

  constructor(workerUrl: string) {
    this.pool = openPool({ url: workerUrl, applicationName: 'chaos-watch' });
    this.log = new PostgresLog({ pool: this.pool, newEventId: v7 });
  }

  /** Reads on to the head. A Postgres that is away is asked again by the next look. */
  async look(): Promise<void> {
    for (let more = true; more; ) {
      const afterPosition = this.events.at(-1)?.position ?? 0;
      const page = await this.log.readAll({ afterPosition, limit: PAGE });
      for (const recorded of page) this.see(recorded);
      more = page.length === PAGE;
    }
  }

  /** False where it does not come true within that time. */
  async until(
    isSo: (events: readonly RecordedEvent[]) => boolean,
    withinMs: number,
  ): Promise<boolean> {
    const giveUpAtMs = performance.now() + withinMs;
    while (performance.now() < giveUpAtMs) {
      await this.look().catch(() => {});
      if (isSo(this.events)) return true;
      await sleep(LOOK_EVERY_MS);
    }
    return false;
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  private see(recorded: RecordedEvent): void {
    this.events.push(recorded);
    const { type } = recorded.event;
    if (BEGINS.has(type)) this.open.add(recorded.stream);
    if (ENDS.has(type) && this.open.delete(recorded.stream)) this.ended += 1;
  }
}
