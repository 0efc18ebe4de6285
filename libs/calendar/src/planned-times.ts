import { Cron, type Direction } from './cron.js';
import { TimeZone } from './time-zone.js';

/** Planned times that are counted at most; beyond them it is only told that they are more. */
export const COUNTED_MAX = 300;

/** Times that have come: the newest of them, ascending, and how many came before those. */
export interface DueTimes {
  readonly due: readonly number[];
  readonly before: {
    /** Null where they are more than `COUNTED_MAX`. */
    readonly count: number | null;
    readonly firstAtMs: number;
    readonly lastAtMs: number;
  } | null;
}

/**
 * The instants that an expression means in a zone. A time of day that the clock skips is the instant as far
 * after the jump as it lies behind its beginning; one that the clock shows twice is the first of the two.
 * An expression that names no hour follows the instants: it fires in both hours, and in none that is skipped.
 */
export class PlannedTimes {
  private readonly cron: Cron;
  private readonly zone: TimeZone;

  /** @throws InvalidCron, InvalidTimeZone */
  constructor(cron: string, timeZone: string) {
    this.cron = new Cron(cron);
    this.zone = TimeZone.of(timeZone);
  }

  /** The first instants after this one, ascending; fewer where it ends. */
  after(instantMs: number, count: number): readonly number[] {
    return taken(this.instants(instantMs, 'forward'), count);
  }

  /** The last instants up to this one, itself included, the latest first. */
  upTo(instantMs: number, count: number): readonly number[] {
    return taken(this.instants(instantMs, 'backward'), count);
  }

  /** What has come after one instant and up to another one. @param newest how many are listed at most */
  due(afterMs: number, untilMs: number, newest: number): DueTimes {
    const came = this.between(afterMs, untilMs, COUNTED_MAX + newest);
    if (came.length < COUNTED_MAX + newest) return parted(came, newest);
    const latest = this.upTo(untilMs, newest + 1);
    const [firstAtMs = untilMs] = came;
    const lastAtMs = latest[newest] ?? firstAtMs;
    const due = latest.slice(0, newest).toReversed();
    return { due, before: { count: null, firstAtMs, lastAtMs } };
  }

  private between(afterMs: number, untilMs: number, most: number): number[] {
    const found: number[] = [];
    for (const instant of this.instants(afterMs, 'forward')) {
      if (instant > untilMs || found.length >= most) break;
      found.push(instant);
    }
    return found;
  }

  /**
   * Instants after this one, or up to it and backwards. Around a change of the clocks, later wall times may
   * be earlier instants, so they are held back until none of what follows can come before them.
   */
  private *instants(fromMs: number, direction: Direction): Generator<number> {
    const isForward = direction === 'forward';
    const around = [...this.zone.offsetsAround(fromMs), this.zone.offsetAt(fromMs)];
    const startMs = fromMs + (isForward ? Math.min(...around) : Math.max(...around) + 1);
    const order = isForward ? (a: number, b: number) => a - b : (a: number, b: number) => b - a;
    const held = new Set<number>();
    for (const wallMs of this.cron.walls(startMs, direction)) {
      const { instants, offsets } = this.instantsOf(wallMs);
      const bound = wallMs - (isForward ? Math.max(...offsets) : Math.min(...offsets));
      for (const instant of instants) {
        if (isForward ? instant > fromMs : instant <= fromMs) held.add(instant);
      }
      for (const instant of [...held].sort(order)) {
        if (order(instant, bound) > 0) break;
        held.delete(instant);
        yield instant;
      }
    }
    yield* [...held].sort(order);
  }

  /** What a wall time means, and the offsets that the clocks around it have. */
  private instantsOf(wallMs: number): { instants: number[]; offsets: readonly number[] } {
    const about = wallMs - this.zone.offsetAt(wallMs);
    const offsets = this.zone.offsetsAround(about);
    const [before, after] = offsets;
    if (before === after) return { instants: [wallMs - before], offsets };
    const shown = [before, after]
      .map((offset) => wallMs - offset)
      .filter((instant) => instant + this.zone.offsetAt(instant) === wallMs);
    if (this.cron.isEveryHour) return { instants: shown, offsets };
    return { instants: [shown.length === 0 ? wallMs - before : Math.min(...shown)], offsets };
  }
}

function taken(instants: Iterable<number>, count: number): number[] {
  const found: number[] = [];
  if (count <= 0) return found;
  for (const instant of instants) {
    found.push(instant);
    if (found.length >= count) break;
  }
  return found;
}

function parted(came: readonly number[], newest: number): DueTimes {
  const listed = Math.min(newest, came.length);
  const due = came.slice(came.length - listed);
  const earlier = came.slice(0, came.length - listed);
  const [firstAtMs, lastAtMs] = [earlier[0], earlier.at(-1)];
  if (firstAtMs === undefined || lastAtMs === undefined) return { due, before: null };
  return { due, before: { count: earlier.length, firstAtMs, lastAtMs } };
}
