import { type HostId, hostOf, type TimeMs } from '@bulkhead/domain';
import { DriverError, type DriverErrorCode } from '@bulkhead/hypervisor';
import { because } from '../because.js';
import { Bell } from '../bell.js';
import { hostLeaseName } from '../leases/fences.js';
import { told } from '../logging.js';
import { HostSession } from './host-session.js';
import type { ObserveParts } from './observe-parts.js';
import { Reconciliation } from './reconciliation.js';
import { Tenure } from './tenure.js';
import type { TouchFailures } from './touch-failures.js';

/**
 * Keeps in touch with one host while this process holds its lease: session after session, and a record
 * of its silence. What ran on a silent host is unknown until its own lease must have ended.
 */
export class HostObserver {
  private readonly bell: Bell;
  private readonly bootBell: Bell;
  private readonly reconciliation: Reconciliation;
  private session: HostSession | null = null;
  /** The newest one, which may be over. */
  private tenure: Tenure | null = null;
  private provisionedAtMs: TimeMs;

  constructor(
    readonly hostId: HostId,
    private readonly parts: ObserveParts,
    private readonly failures: TouchFailures,
  ) {
    this.provisionedAtMs = parts.steadyClock();
    this.bell = new Bell(parts.timers);
    this.bootBell = new Bell(parts.timers);
    this.reconciliation = new Reconciliation(hostId, parts);
  }

  /** Something about the host or the lease has changed: looks again at once. */
  ring(): void {
    if (this.session !== null && !this.mayGoOn(this.session.token)) this.session.end();
    this.bell.ring();
  }

  /** The log has a boot of it, which takes no orders before it has a lease: a pause after a failure is over. */
  booted(): void {
    this.bootBell.ring();
  }

  /** Ends with the signal, or when the host is retired and its kernel has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { times } = this.parts;
    let pauseMs = times.retryMs;
    while (!signal.aborted) {
      const tenure = this.tenureNow();
      if (tenure === null) {
        await this.bell.heard(times.probeEveryMs, signal);
        continue;
      }
      try {
        if (this.condition() === 'retired') return await this.endKernel('retired');
        await this.keepInTouch(tenure, signal);
        this.failures.over(this.hostId);
        pauseMs = times.retryMs;
      } catch (error) {
        if (signal.aborted) return;
        await this.noteFailure(tenure, error);
        await this.bootBell.heard(pauseMs, signal);
        pauseMs = Math.min(pauseMs * 2, times.retryMaxMs);
      }
    }
  }

  private token(): number | null {
    return this.parts.leases.epochOf(hostLeaseName(this.hostId));
  }

  /** Null while the lease is not held. Another token than before begins another tenure. */
  private tenureNow(): Tenure | null {
    const token = this.token();
    if (token === null) return null;
    if (this.tenure?.token !== token) this.tenure = new Tenure(token, this.parts);
    return this.tenure;
  }

  private condition() {
    return hostOf(this.parts.follower.fleet, this.hostId).state.condition;
  }

  /** A session goes on as long as the host is up and its lease has not changed hands. */
  private mayGoOn(token: number): boolean {
    return this.token() === token && this.condition() === 'up';
  }

  private async keepInTouch(tenure: Tenure, signal: AbortSignal): Promise<void> {
    const { follower, times } = this.parts;
    if (this.condition() !== 'up') await this.probe(tenure);
    if (this.condition() === 'up') await this.openSession(tenure, signal);
    else await this.bell.heard(times.probeEveryMs, signal);
    await follower.catchUp();
  }

  /** Asks a host that is new, lost or fenced for its boot, which does not keep anything alive there. */
  private async probe(tenure: Tenure): Promise<void> {
    const { follower, hosts } = this.parts;
    if (this.condition() === 'fenced') await this.settleFenced();
    if (this.condition() === 'lost' && tenure.isHostLeaseOver() && this.lasts(tenure)) {
      await this.reconciliation.loseAll('lease-expired');
    }
    await this.reconciliation.releaseAgain();
    const fingerprint = await this.driver().fingerprint();
    tenure.heard();
    await hosts.answered(this.hostId, fingerprint, this.metadata());
    await follower.catchUp();
  }

  /** Asked after the clock, so that a process that stood still in between claims nothing of a later holder's time. */
  private lasts({ token }: Tenure): boolean {
    return this.token() === token;
  }

  private async settleFenced(): Promise<void> {
    await this.reconciliation.loseAll('host-fenced');
    await this.endKernel('fenced');
  }

  private async endKernel(cause: 'fenced' | 'retired'): Promise<void> {
    const { follower, hosts } = this.parts;
    const { kernel } = hostOf(follower.fleet, this.hostId);
    if (kernel !== null) await hosts.kernelEnded(kernel.kernelInstanceId, cause, this.metadata());
  }

  private async openSession(tenure: Tenure, signal: AbortSignal): Promise<void> {
    const { token } = tenure;
    const session = new HostSession(this.hostId, token, this.driver(), this.parts, {
      reconciliation: this.reconciliation,
      renewing: () => tenure.renewing(),
      heard: () => tenure.heard(),
    });
    this.session = session;
    try {
      await session.run(signal);
    } finally {
      this.session = null;
    }
  }

  /** Only silence of the host counts against it, not a failure on the way to the log. */
  private async noteFailure(tenure: Tenure, error: unknown): Promise<void> {
    const { hosts, logger } = this.parts;
    if (isCode(error, 'NOT_FOUND')) return this.provisionAgain();
    this.failures.note(this.hostId, error);
    if (!isCode(error, 'UNREACHABLE')) return;
    const isSilent = tenure.notHeard();
    if (!isSilent || !this.mayGoOn(tenure.token)) return;
    await hosts
      .lost(this.hostId, tenure.lastHeardAtMs, this.metadata())
      .then(() => this.parts.follower.catchUp())
      .catch((failure: unknown) => logger.warn({ host: this.hostId, ...told(failure) }, 'unsaid'));
  }

  /** The machine does not exist: either its first job has not run yet, or that job was lost. */
  private async provisionAgain(): Promise<void> {
    const { clock, steadyClock, times, queue, follower } = this.parts;
    const nowMs = steadyClock();
    if (nowMs - this.provisionedAtMs < times.reissueAfterMs) return;
    this.provisionedAtMs = nowMs;
    const { hostId } = this;
    const position = follower.registeredAt.get(hostId) ?? 0;
    const data = { hostId, position, correlationId: hostId };
    const id = `provision-host-${hostId}-again-${clock()}`;
    await queue.add([{ kind: 'provision-host', id, data, delayMs: 0 }]).catch(() => {});
  }

  private driver() {
    const { spec } = hostOf(this.parts.follower.fleet, this.hostId).state;
    if (spec === null) throw new Error(`host ${this.hostId} is not registered`);
    return this.parts.drivers.driverFor(spec);
  }

  private metadata() {
    const { bootedAt, registeredAt } = this.parts.follower;
    const cause = bootedAt.get(this.hostId) ?? registeredAt.get(this.hostId) ?? null;
    return because('observe', this.hostId, cause);
  }
}

function isCode(error: unknown, code: DriverErrorCode): boolean {
  return error instanceof DriverError && error.code === code;
}
