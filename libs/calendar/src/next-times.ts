import { PlannedTimes } from './planned-times.js';

/** Expressions whose next time is remembered. */
const KEPT_MAX = 10_000;

interface Kept {
  readonly times: PlannedTimes;
  fromMs: number;
  nextMs: number | null;
}

/** The next time of many expressions, asked for again and again: what lies ahead stays so until it has come. */
export class NextTimes {
  private readonly kept = new Map<string, Kept>();

  /** Null where none comes within ten years. @throws InvalidCron, InvalidTimeZone */
  after(cron: string, timeZone: string, instantMs: number): number | null {
    const key = `${timeZone} ${cron}`;
    const kept = this.kept.get(key);
    if (kept === undefined) return this.keep(key, new PlannedTimes(cron, timeZone), instantMs);
    const isAhead = kept.nextMs === null || instantMs < kept.nextMs;
    if (instantMs < kept.fromMs || !isAhead) return this.keep(key, kept.times, instantMs);
    return kept.nextMs;
  }

  private keep(key: string, times: PlannedTimes, fromMs: number): number | null {
    const [nextMs = null] = times.after(fromMs, 1);
    if (this.kept.size >= KEPT_MAX) this.kept.clear();
    this.kept.set(key, { times, fromMs, nextMs });
    return nextMs;
  }
}
