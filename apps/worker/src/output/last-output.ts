import type { AttemptState, ComputeSystemId } from '@bulkhead/domain';
import { type ComputeSystemStatus, DriverError, DriverProtocolError } from '@bulkhead/hypervisor';
import { type Logger, told } from '../logging.js';
import type { Timers } from '../timers.js';
import type { CapturedAttempt, OutputCapture, OutputSource } from './output-capture.js';

/** What an attempt wrote last is waited for so long; then it is released without. */
export const LAST_OUTPUT_WITHIN_MS = 5_000;
/** Of compute systems that ended in silence so many are remembered until their release. */
export const SILENT_KEPT = 50_000;

export interface LastOutputParts {
  readonly capture: OutputCapture;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Takes what is left of an attempt's output before its host forgets it, and never for ever. */
export class LastOutput {
  private readonly silent = new Set<ComputeSystemId>();

  constructor(private readonly parts: LastOutputParts) {}

  /** What a host says of a compute system: of one that wrote nothing there is nothing to read. */
  hear({ computeSystemId, silent }: ComputeSystemStatus): void {
    if (silent !== true) return;
    this.silent.add(computeSystemId);
    if (this.silent.size <= SILENT_KEPT) return;
    for (const oldest of this.silent) {
      this.silent.delete(oldest);
      break;
    }
  }

  /**
   * Output that cannot be had in time does not hold the release up: a notice takes its place. `source` is
   * null where the host cannot be asked any more.
   * @throws DriverError UNREACHABLE: the release could not be carried out either
   * @throws what the store throws
   */
  async take(
    attempt: CapturedAttempt,
    { stage, startedAtMs }: Pick<AttemptState, 'stage' | 'startedAtMs'>,
    source: OutputSource | null,
  ): Promise<void> {
    const { capture } = this.parts;
    const mayHaveWritten = stage === 'exited' || startedAtMs !== null;
    if (!mayHaveWritten || this.silent.has(attempt.computeSystemId)) return;
    const outcome = source === null ? 'missing' : await this.taken(attempt, source);
    if (outcome === 'whole') return;
    // What has exited and is gone was released already by whoever was interrupted here, and took its output.
    const isReleased = outcome === 'gone' && stage === 'exited';
    if (isReleased && !(await capture.isStored(attempt))) return;
    await capture.giveUp(attempt);
  }

  /** Nothing of it will be asked for any more. */
  forget(computeSystemId: ComputeSystemId): void {
    this.silent.delete(computeSystemId);
    this.parts.capture.forget(computeSystemId);
  }

  private async taken(
    attempt: CapturedAttempt,
    source: OutputSource,
  ): Promise<'whole' | 'gone' | 'missing'> {
    const { capture, timers, logger } = this.parts;
    let inTime = () => {};
    const tooLate = new Promise<'missing'>((resolve) => {
      inTime = timers.after(LAST_OUTPUT_WITHIN_MS, () => resolve('missing'));
    });
    const taking = capture.take(attempt, source, true).then(() => 'whole' as const);
    try {
      const outcome = await Promise.race([taking, tooLate]);
      if (outcome === 'whole') return outcome;
      // Its end is not waited for; what it still finds is stored no more once it is given up.
      taking.catch(() => {});
    } catch (error) {
      if (error instanceof DriverError && error.code === 'NOT_FOUND') return 'gone';
      if (!(error instanceof DriverProtocolError)) throw error;
      const { workloadId: workload, computeSystemId: computeSystem, tenantId: tenant } = attempt;
      logger.warn({ tenant, workload, computeSystem, ...told(error) }, 'output was not understood');
    } finally {
      inTime();
    }
    return 'missing';
  }
}
