import type { Clock, ComputeSystemId, TenantId, WorkloadId } from '@bulkhead/domain';
import type { OutputChunk, OutputStore } from '@bulkhead/event-store';
import type { IsolationDriver, LogChunk } from '@bulkhead/hypervisor';
import { noticeOf, type Progress, takeChunks, UNREAD } from './output-bound.js';

/** So many chunks are stored together. */
export const CHUNKS_AT_ONCE_MAX = 500;

/** An attempt whose output is captured. */
export interface CapturedAttempt {
  readonly tenantId: TenantId;
  readonly workloadId: WorkloadId;
  readonly computeSystemId: ComputeSystemId;
  readonly attempt: number;
}

export interface OutputCaptureParts {
  readonly output: OutputStore;
  /** Of all attempts of one workload together; see `CHUNK_COST_BYTES`. */
  readonly outputMaxBytes: number;
  readonly clock: Clock;
}

/** How much is stored, and whether nothing will follow. */
interface Known extends Progress {
  readonly hasEnded: boolean;
}

/** The captures of one compute system, one after the other. Plain, because making a signal costs more than the rest. */
interface Line {
  /** The newest of them. */
  last: Promise<unknown>;
  /** What is on its way into the store. */
  storing: Promise<unknown>;
  /** None of them stores anything more, whatever they still find. */
  isGivenUp: boolean;
}

/** What another process stores first is read and gone on from so often; then it is somebody else's. */
const OVERTAKEN_MAX = 5;

/** Repeats what another process came before, from what is stored by then. */
async function untilTaken(
  computeSystemId: ComputeSystemId,
  take: () => Promise<number | null>,
): Promise<number> {
  for (let times = 0; times < OVERTAKEN_MAX; times += 1) {
    const found = await take();
    if (found !== null) return found;
  }
  throw new Error(`the output of ${computeSystemId} is stored by another process all the time`);
}

/** What writes; a host that can be asked. */
export type OutputSource = Pick<IsolationDriver, 'logs'>;

/**
 * Stores what compute systems write. It goes on from what is stored, whoever stored it, and every chunk is
 * stored once, so that it may be interrupted anywhere and repeated. What it stores is never logged.
 */
export class OutputCapture {
  private readonly known = new Map<ComputeSystemId, Known>();
  /** Captures that are under way. */
  private readonly lines = new Map<ComputeSystemId, Line>();

  constructor(private readonly parts: OutputCaptureParts) {}

  /**
   * Stores what was written since the last time; how many chunks that were. With `isLast` nothing will
   * follow. Once it is given up nothing more is stored.
   * @throws DriverError and DriverProtocolError of the driver, and what the store throws
   */
  async take(attempt: CapturedAttempt, source: OutputSource, isLast = false): Promise<number> {
    const { computeSystemId } = attempt;
    const done = Promise.resolve();
    const line: Line = this.lines.get(computeSystemId) ?? {
      ...{ last: done, storing: done, isGivenUp: false },
    };
    const turn = line.last
      .catch(() => {})
      .then(() => untilTaken(computeSystemId, () => this.takeNow(attempt, source, isLast, line)));
    line.last = turn;
    this.lines.set(computeSystemId, line);
    try {
      return await turn;
    } finally {
      const isOver = line.last === turn && this.lines.get(computeSystemId) === line;
      if (isOver) this.lines.delete(computeSystemId);
    }
  }

  /**
   * Puts a notice in the place of what could not be read; nothing follows it. Where another process has
   * captured the end meanwhile, nothing is missing: the store is asked, whatever is remembered here, and asked
   * again where another process has stored more between the question and the notice. A capture
   * under way may read for ever, so its end is not waited for, but what it is storing is: a chunk of it would
   * take the notice's place, or follow it.
   */
  async giveUp(attempt: CapturedAttempt): Promise<void> {
    const { computeSystemId } = attempt;
    const line = this.lines.get(computeSystemId);
    if (line !== undefined) {
      line.isGivenUp = true;
      this.lines.delete(computeSystemId);
      await line.storing.catch(() => {});
    }
    this.forget(computeSystemId);
    await untilTaken(computeSystemId, async () => {
      const known = await this.knownOf(attempt);
      if (known.hasEnded) return 0;
      const notice = noticeOf(known.nextOffset, this.parts.clock(), UNREAD);
      const ended = { ...known, isCut: true, hasEnded: true };
      return (await this.store(attempt, ended, known.isCut ? [] : [notice])) ? 0 : null;
    });
  }

  /** Whether anything of it is stored, by whatever process. */
  async isStored(attempt: CapturedAttempt): Promise<boolean> {
    this.forget(attempt.computeSystemId);
    const { nextOffset, isCut } = await this.knownOf(attempt);
    return nextOffset > 0 || isCut;
  }

  /** Its place is released: nothing more is asked about it. */
  forget(computeSystemId: ComputeSystemId): void {
    this.known.delete(computeSystemId);
  }

  /** How many chunks were found; null where another process has stored other than what was known. */
  private async takeNow(
    attempt: CapturedAttempt,
    source: OutputSource,
    isLast: boolean,
    line: Line,
  ): Promise<number | null> {
    if (line.isGivenUp) return 0;
    let known = await this.knownOf(attempt);
    if (known.hasEnded) return 0;
    let found = 0;
    let waiting: LogChunk[] = [];
    let isTaken = true;
    const keep = async (isEnd: boolean) => {
      if (line.isGivenUp || !isTaken) return;
      const { taken, progress } = takeChunks(known, waiting);
      known = { ...progress, hasEnded: isEnd };
      const isWorthIt = taken.length > 0 || (isEnd && (known.nextOffset > 0 || known.isCut));
      if (isWorthIt) {
        const storing = this.store(attempt, known, taken);
        line.storing = storing;
        isTaken = await storing;
      }
      found += taken.length;
      waiting = [];
    };
    if (!known.isCut) {
      for await (const chunk of source.logs(attempt.computeSystemId, known.nextOffset)) {
        waiting.push(chunk);
        if (waiting.length >= CHUNKS_AT_ONCE_MAX) await keep(false);
        if (known.isCut || line.isGivenUp || !isTaken) break;
      }
    }
    if (isLast || waiting.length > 0) await keep(isLast);
    return isTaken ? found : null;
  }

  private async store(
    attempt: CapturedAttempt,
    known: Known,
    chunks: readonly OutputChunk[],
  ): Promise<boolean> {
    const { nextOffset, cost, isCut, hasEnded } = known;
    const { computeSystemId } = attempt;
    const stored = { nextOffset, cost, isCut, hasEnded, chunks };
    const isTaken = await this.parts.output.store({ ...attempt, ...stored });
    if (isTaken) this.known.set(computeSystemId, known);
    else this.forget(computeSystemId);
    return isTaken;
  }

  /** What this process stored last, or the store tells; what earlier attempts took of the bound is gone. */
  private async knownOf({ workloadId, computeSystemId }: CapturedAttempt): Promise<Known> {
    const remembered = this.known.get(computeSystemId);
    if (remembered !== undefined) return remembered;
    const captures = await this.parts.output.captures(workloadId);
    const own = captures.find((capture) => capture.computeSystemId === computeSystemId);
    const ofOthers = captures.filter((capture) => capture !== own).map(({ cost }) => cost);
    const costMax = this.parts.outputMaxBytes - ofOthers.reduce((sum, cost) => sum + cost, 0);
    const { nextOffset = 0, cost = 0, isCut = false, hasEnded = false } = own ?? {};
    const known = { nextOffset, cost, isCut, hasEnded, costMax };
    // More may have been stored since it was read.
    if (!this.known.has(computeSystemId)) this.known.set(computeSystemId, known);
    return known;
  }
}
