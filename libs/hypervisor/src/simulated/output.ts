import type { TimeMs } from '@bulkhead/domain';
import type { ComputeSystemSpec, LogChunk } from '../driver.js';
import { isSilent, type PlannedChunk, plannedOutput } from './planned-output.js';

/**
 * What one compute system writes. It is worked out when somebody asks: most of what a simulation runs is
 * never read, and then it costs next to nothing.
 */
export class Output {
  readonly #chunks: LogChunk[] = [];
  #run: { readonly startedAtMs: TimeMs; readonly spec: ComputeSystemSpec } | null = null;
  /** What is still to be written of its run; null until somebody asks. */
  #planned: PlannedChunk[] | null = null;
  #endedAtMs: TimeMs | null = null;
  /** So far its run had come when it ended: a timer may be heard a moment before its time by the clock. */
  #ranUntilMs: TimeMs = 0;
  #lastWords: string | null = null;

  /** True where nothing was written, and nothing will be. */
  get isEmpty(): boolean {
    const isQuiet = this.#chunks.length === 0 && this.#lastWords === null;
    return isQuiet && (this.#run === null || isSilent(this.#run.spec));
  }

  /** Its run has begun, and with it what it writes by itself. */
  begin(startedAtMs: TimeMs, spec: ComputeSystemSpec): void {
    this.#run = { startedAtMs, spec };
  }

  /** Now, between what it writes by itself. */
  write(stream: LogChunk['stream'], text: string, atMs: TimeMs): void {
    this.#settle(atMs);
    this.#push({ stream, text }, atMs);
  }

  /**
   * Nothing is written any more, but for what belongs to the first `ranMs` of its run, where that is known,
   * and for `lastWords` on stderr.
   */
  end(atMs: TimeMs, lastWords: string | null, ranMs = 0): void {
    this.#endedAtMs = atMs;
    this.#ranUntilMs = Math.max(atMs, (this.#run?.startedAtMs ?? 0) + ranMs);
    this.#lastWords = lastWords;
  }

  /** What was written by then, from that offset on. */
  from(offset: number, nowMs: TimeMs): readonly LogChunk[] {
    this.#settle(this.#endedAtMs === null ? nowMs : this.#ranUntilMs);
    if (this.#endedAtMs !== null && this.#lastWords !== null) {
      this.#push({ stream: 'stderr', text: this.#lastWords }, this.#endedAtMs);
      this.#lastWords = null;
    }
    return this.#chunks.slice(offset);
  }

  #settle(atMs: TimeMs): void {
    if (this.#run === null) return;
    this.#planned ??= plannedOutput(this.#run.spec);
    const { startedAtMs } = this.#run;
    const due = this.#planned.findIndex(({ afterMs }) => startedAtMs + afterMs > atMs);
    const written = this.#planned.splice(0, due === -1 ? this.#planned.length : due);
    for (const planned of written) this.#push(planned, startedAtMs + planned.afterMs);
  }

  #push({ stream, text }: Pick<LogChunk, 'stream' | 'text'>, atMs: TimeMs): void {
    const writtenAtMs = Math.min(atMs, this.#endedAtMs ?? atMs);
    this.#chunks.push({ offset: this.#chunks.length, stream, text, writtenAtMs });
  }
}
