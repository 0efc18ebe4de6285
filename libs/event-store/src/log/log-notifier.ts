import type pg from 'pg';

/** Consumers listen on this channel; the payload is empty, because they read the log itself. */
export const LOG_CHANNEL = 'bulkhead_log';

/** What no append could say any more, because none followed. Losing it in a crash costs consumers one poll. */
const NOTIFY = `SET LOCAL synchronous_commit TO off; NOTIFY ${LOG_CHANNEL}`;

/**
 * How many appends in a row wake consumers each: enough for the whole course of a workload that has the
 * system to itself, so that none of its steps waits.
 */
export const TURNS_MAX = 16;

/**
 * How long a turn takes to come back. Consumers read batches: under load, hearing of every group would
 * cost Postgres about a tenth of its time and only make them read smaller ones.
 */
export const TURN_RETURNS_AFTER_MS = 10;

/**
 * Decides which appends tell consumers that the log has grown: each of a few in a row, then one every
 * ten milliseconds. What was left unsaid when no append follows for as long is said on its own.
 */
export class LogNotifier {
  private turns = TURNS_MAX;
  private returning: NodeJS.Timeout | undefined;
  private owed = false;

  constructor(private readonly pool: pg.Pool) {}

  /** Whether the append that leaves now shall wake consumers when it commits. */
  takeTurn(): boolean {
    if (this.turns === 0) return false;
    this.turns -= 1;
    this.owed = false;
    this.returnLater();
    return true;
  }

  /** The log has grown, and no append that took a turn has said so. */
  logHasGrown(): void {
    this.owed = true;
    if (this.returning === undefined) this.say();
  }

  private returnTurn(): void {
    this.returning = undefined;
    this.turns += 1;
    // The turn that has just come back is left to an append; where one came back before, none is coming.
    if (this.owed && this.turns > 1) this.say();
    if (this.turns < TURNS_MAX) this.returnLater();
  }

  private returnLater(): void {
    this.returning ??= setTimeout(() => this.returnTurn(), TURN_RETURNS_AFTER_MS).unref();
  }

  /** Best effort: it never fails, because consumers poll as well. */
  private say(): void {
    if (this.takeTurn()) this.pool.query(NOTIFY).catch(() => {});
  }
}
