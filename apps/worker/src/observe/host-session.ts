import { setMaxListeners } from 'node:events';
import { type ComputeSystemId, type HostId, hostOf } from '@bulkhead/domain';
import {
  type ComputeSystemNotice,
  DriverError,
  type Fence,
  type HostDriver,
  type HostFingerprint,
} from '@bulkhead/hypervisor';
import { because } from '../because.js';
import { hostLeaseName } from '../leases/fences.js';
import { told } from '../logging.js';
import { Slots } from '../slots.js';
import { sleep } from '../timers.js';
import type { ObserveParts } from './observe-parts.js';
import type { Reconciliation } from './reconciliation.js';

/** Notices of one host that are worked on at once; more than that waits in the watch. */
export const NOTICES_AT_ONCE_MAX = 64;
/** A report that the log could not take is tried this often; then the next comparison finds it. */
export const REPORT_ATTEMPTS_MAX = 5;
const REPORT_RETRY_MS = 200;
/** The host's lease is renewed this often in its life. */
const RENEWALS_PER_TTL = 3;

export interface SessionEvents {
  readonly reconciliation: Reconciliation;
  /** The lease is about to be renewed, whether or not the host will say so. */
  readonly renewing: () => void;
  /** The host has answered. */
  readonly heard: () => void;
}

/** From the first answer of a host to its silence, its next boot, or the loss of its lease. */
export class HostSession {
  private readonly over = new AbortController();
  private readonly slots = new Slots(NOTICES_AT_ONCE_MAX);
  /** Of each compute system in hand: the newest notice that nobody has worked on; null while none waits. */
  private readonly news = new Map<ComputeSystemId, ComputeSystemNotice | null>();

  constructor(
    private readonly hostId: HostId,
    readonly token: number,
    private readonly driver: HostDriver,
    private readonly parts: ObserveParts,
    private readonly events: SessionEvents,
  ) {
    // While the log takes nothing, each notice in hand waits for its next try or for the end.
    setMaxListeners(0, this.over.signal);
  }

  end(): void {
    this.over.abort();
  }

  /** Ends quietly when it is ended; throws what went wrong with the host or the log. */
  async run(signal: AbortSignal): Promise<void> {
    const { follower } = this.parts;
    const end = () => this.end();
    signal.addEventListener('abort', end);
    if (signal.aborted) this.end();
    try {
      // Without a lease a host does nothing. It gets one only for a boot that the log knows, so that
      // what was placed before that boot, and is on its way to the host, comes to nothing there.
      const fingerprint = await this.driver.fingerprint();
      const isNewBoot = await this.noteBoot(fingerprint);
      if (isNewBoot) await follower.catchUp();
      if (await follower.isCaughtUp()) await this.events.reconciliation.loseEarlierBoots();
      await this.renew(fingerprint);
      if (this.over.signal.aborted) return;
      await this.together([
        () => this.watch(),
        () => this.beat(),
        () => this.reconcile(),
        () => this.events.reconciliation.overdueStops.run(this.over.signal),
      ]);
    } finally {
      signal.removeEventListener('abort', end);
      this.end();
      await this.slots.settled();
    }
  }

  /** The first that fails or ends brings the others to their end. */
  private async together(parts: readonly (() => Promise<void>)[]): Promise<void> {
    const running = parts.map((part) => part().finally(() => this.end()));
    const outcomes = await Promise.allSettled(running);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /**
   * Only while its own lease is surely held: a successor that cannot reach the host counts from its takeover
   * when what runs there has ended. Cut off from the table of leases, nobody else would end this session.
   */
  private async renew({ bootId }: HostFingerprint): Promise<void> {
    if (this.parts.leases.epochOf(hostLeaseName(this.hostId)) !== this.token) return this.end();
    this.events.renewing();
    try {
      const { hostLeaseTtlMs } = this.parts.times;
      await this.driver.renewLease(bootId, this.fence(this.causeOfLease()), hostLeaseTtlMs);
      this.events.heard();
    } finally {
      this.events.renewing();
    }
  }

  private async noteBoot(fingerprint: HostFingerprint): Promise<boolean> {
    const { follower, hosts } = this.parts;
    const { boot, condition } = hostOf(follower.fleet, this.hostId).state;
    if (boot?.bootId === fingerprint.bootId && condition === 'up') return false;
    const cause = because('observe', this.hostId, this.causeOfLease());
    await hosts.answered(this.hostId, fingerprint, cause);
    return true;
  }

  private async beat(): Promise<void> {
    const { timers, times } = this.parts;
    while (!this.over.signal.aborted) {
      await sleep(timers, times.hostLeaseTtlMs / RENEWALS_PER_TTL, this.over.signal);
      if (this.over.signal.aborted) return;
      // With a new boot everything begins anew, the watch included.
      const fingerprint = await this.driver.fingerprint();
      if (await this.noteBoot(fingerprint)) return;
      await this.renew(fingerprint);
    }
  }

  private async reconcile(): Promise<void> {
    const { timers, times, follower } = this.parts;
    while (!this.over.signal.aborted) {
      if (await follower.isCaughtUp()) {
        await this.events.reconciliation.carryOut(this.driver, (cause) => this.fence(cause));
      }
      await sleep(timers, times.reconcileEveryMs, this.over.signal);
    }
  }

  private async watch(): Promise<void> {
    for await (const notice of this.driver.watch(this.over.signal)) {
      const taken = this.take(notice);
      if (this.slots.taken >= NOTICES_AT_ONCE_MAX) await taken;
    }
    if (!this.over.signal.aborted) throw new DriverError('UNREACHABLE', 'the watch has ended');
  }

  /**
   * Notices of one compute system are worked on one after the other, and of those that wait only the
   * newest: it tells everything that the others would have told.
   */
  private async take(notice: ComputeSystemNotice): Promise<void> {
    const { computeSystemId } = notice.status;
    const isInHand = this.news.has(computeSystemId);
    this.news.set(computeSystemId, notice);
    if (!isInHand) await this.slots.run(() => this.workOff(computeSystemId));
  }

  private async workOff(computeSystemId: ComputeSystemId): Promise<void> {
    let newest = this.news.get(computeSystemId) ?? null;
    while (newest !== null) {
      this.news.set(computeSystemId, null);
      await this.handle(newest);
      newest = this.news.get(computeSystemId) ?? null;
    }
    this.news.delete(computeSystemId);
  }

  private async handle(notice: ComputeSystemNotice): Promise<void> {
    for (let attempt = 1; attempt <= REPORT_ATTEMPTS_MAX; attempt += 1) {
      try {
        await this.report(notice);
        return;
      } catch (error) {
        const { computeSystemId } = notice.status;
        const { timers, logger } = this.parts;
        logger.warn({ computeSystem: computeSystemId, attempt, ...told(error) }, 'not recorded');
        await sleep(timers, REPORT_RETRY_MS * attempt, this.over.signal);
      }
    }
  }

  private async report({ status }: ComputeSystemNotice): Promise<void> {
    const { follower, reports } = this.parts;
    const { reconciliation } = this.events;
    if (status.state === 'created' || status.state === 'starting') return;
    this.parts.lastOutput.hear(status);
    if (follower.attempts.get(status.computeSystemId) === null) await follower.catchUp();
    const tracked = follower.attempts.get(status.computeSystemId);
    if (tracked !== null) await reports.status(reconciliation.targetOf(tracked), status);
    else await reconciliation.remove(status, this.driver, (cause) => this.fence(cause));
  }

  private fence(cause: number): Fence {
    return { token: this.token, cause };
  }

  private causeOfLease(): number {
    const { bootedAt, registeredAt } = this.parts.follower;
    return bootedAt.get(this.hostId) ?? registeredAt.get(this.hostId) ?? 0;
  }
}
