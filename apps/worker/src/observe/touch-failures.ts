import type { Clock, HostId } from '@bulkhead/domain';
import { DriverError } from '@bulkhead/hypervisor';
import { type Logger, told } from '../logging.js';

/** The same failure is told again this often while it lasts. */
export const FAILURE_TOLD_EVERY_MS = 5 * 60_000;

const LOG_FAILED =
  'hosts are not observed, because the log could not be followed or written; this is no fault of theirs';

/** A failure that was told: when, and how often it came again since. */
interface Told {
  readonly cause: string;
  readonly atMs: number;
  repeats: number;
}

/**
 * Tells why hosts are out of touch, once when it begins and then rarely, because it is tried again several
 * times a second. Only a driver's failure is about a host. What the log or its fold does keeps every host
 * waiting alike, so it is told once for all of them, with its own cause.
 */
export class TouchFailures {
  private readonly ofHosts = new Map<HostId, Told>();
  /** By cause, of which there are as many as classes of errors. */
  private readonly ofLog = new Map<string, Told>();

  constructor(
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly steadyClock: Clock,
  ) {}

  note(hostId: HostId, error: unknown): void {
    if (error instanceof DriverError) {
      const next = this.tell(this.ofHosts.get(hostId), error.code, (repeats) =>
        this.logger.warn({ host: hostId, repeats, ...told(error) }, 'lost touch with a host'),
      );
      this.ofHosts.set(hostId, next);
      return;
    }
    const cause = causeOf(error);
    const next = this.tell(this.ofLog.get(cause), cause, (repeats) =>
      this.logger.warn({ repeats, ...told(error) }, LOG_FAILED),
    );
    this.ofLog.set(cause, next);
  }

  /** The host was observed without a failure: the next one is news again. */
  over(hostId: HostId): void {
    this.ofHosts.delete(hostId);
  }

  private tell(before: Told | undefined, cause: string, say: (repeats: number) => void): Told {
    const atMs = this.steadyClock();
    if (before?.cause === cause && atMs - before.atMs < FAILURE_TOLD_EVERY_MS) {
      before.repeats += 1;
      return before;
    }
    say(before?.cause === cause ? before.repeats + 1 : 0);
    return { cause, atMs, repeats: 0 };
  }
}

/** Not the message, which may name another row each time. */
function causeOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
