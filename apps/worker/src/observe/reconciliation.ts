import {
  type AttemptState,
  type HostId,
  holdingAttempt,
  hostOf,
  isOver,
  isStopping,
  keepsEvidence,
  type LossCause,
} from '@bulkhead/domain';
import {
  type ComputeSystemStatus,
  DriverError,
  type Fence,
  type HostDriver,
  type IsolationDriver,
} from '@bulkhead/hypervisor';
import { because } from '../because.js';
import type { TrackedAttempt } from '../fleet/attempt-index.js';
import { told } from '../logging.js';
import type { Job } from '../queue/job.js';
import { tendTemplates } from '../templates/tend-templates.js';
import type { ReportTarget } from '../workloads/workload-reports.js';
import { compareWithLog, type Finding, type LoggedAttempt } from './compare-with-log.js';
import { correlationOf, type ObserveParts } from './observe-parts.js';
import { OverdueStops } from './overdue-stops.js';
import { Reissue } from './reissue.js';

const runningStages: ReadonlySet<AttemptState['stage']> = new Set([
  'placed',
  'authorized',
  'started',
]);

/** Settles what the log and one host say differently. Nothing here is needed while all goes well. */
export class Reconciliation {
  private readonly reissue: Reissue;
  readonly overdueStops: OverdueStops;

  constructor(
    private readonly hostId: HostId,
    private readonly parts: ObserveParts,
  ) {
    this.reissue = new Reissue(hostId, parts);
    this.overdueStops = new OverdueStops(hostId, parts, this.reissue);
  }

  /** Compares everything; `fenceFor` gives the proof for removing what the log does not hold there. */
  async carryOut(driver: HostDriver, fenceFor: (cause: number) => Fence): Promise<void> {
    const { follower, logTime, times, logger } = this.parts;
    const nowMs = await logTime.nowMs();
    const statuses = await driver.list();
    await follower.catchUp();
    await this.loseEarlierBoots();
    const logged = this.logged();
    const { reissueAfterMs } = times;
    const isHeld = keepsEvidence(hostOf(follower.fleet, this.hostId).state);
    const findings = compareWithLog({ statuses, logged, nowMs, reissueAfterMs, isHeld });
    await this.tend(driver, fenceFor).catch((error: unknown) => this.leave(error));
    const jobs: Job[] = this.reissue.rebootAgain(nowMs);
    if (findings.length > 0) {
      logger.info({ host: this.hostId, findings: findings.length }, 'log and host differ');
    }
    for (const finding of findings) {
      if (finding.kind === 'reissue') jobs.push(...this.reissue.jobsAgain(finding, nowMs));
      else
        await this.settle(finding, driver, fenceFor).catch((error: unknown) => this.leave(error));
    }
    await this.reissue.issue(jobs);
  }

  /**
   * Issues releases anew that nothing came of, on a host that cannot be asked: what ran there has ended, and
   * only its job was lost. Comparing needs the host; this needs the log only.
   */
  async releaseAgain(): Promise<void> {
    if (keepsEvidence(hostOf(this.parts.follower.fleet, this.hostId).state)) return;
    const over = this.logged().filter(({ attempt, isAhead }) => isOver(attempt) && !isAhead);
    await this.reissue.releases(over.map(({ tracked }) => tracked));
  }

  /** Everything of an earlier boot is gone, what was only placed included. */
  async loseEarlierBoots(): Promise<void> {
    const bootedAt = this.parts.follower.bootedAt.get(this.hostId) ?? 0;
    await this.loseAll('host-rebooted', ({ placedPosition }) => placedPosition < bootedAt);
  }

  /**
   * The end of everything that the log holds here is certain, for this cause. What was placed on a silent host and never
   * started is over only as long as nobody has heard of the host: whoever has may start it, and this must not come after that.
   */
  async loseAll(
    cause: LossCause,
    isLost: (tracked: TrackedAttempt) => boolean = () => true,
  ): Promise<void> {
    const lost = this.logged().filter(
      ({ tracked, attempt }) => runningStages.has(attempt.stage) && isLost(tracked),
    );
    const { version } = hostOf(this.parts.follower.fleet, this.hostId);
    const guards = cause === 'lease-expired' ? [{ stream: this.hostId, version }] : [];
    await Promise.all(
      lost.map(({ tracked }) => this.parts.reports.lost(this.targetOf(tracked), cause, guards)),
    );
  }

  targetOf(tracked: TrackedAttempt): ReportTarget {
    const { tenantId, workloadId, computeSystemId, movedPosition } = tracked;
    const metadata = because('observe', correlationOf(this.parts, tracked), movedPosition);
    return { tenantId, workloadId, computeSystemId, metadata };
  }

  /** Ends what still runs and releases what has ended, of a compute system without a place in the log. */
  async remove(
    { computeSystemId, state }: ComputeSystemStatus,
    driver: IsolationDriver,
    fenceFor: (cause: number) => Fence,
  ): Promise<void> {
    if (!this.mayTouch()) return;
    const { attempts, bootedAt } = this.parts.follower;
    const cause = attempts.releasedAt(computeSystemId) ?? bootedAt.get(this.hostId) ?? 0;
    if (state === 'exited' || state === 'start-failed') {
      await driver.release(computeSystemId, fenceFor(cause));
    } else {
      await driver.terminate(computeSystemId, fenceFor(cause));
    }
  }

  private async settle(
    finding: Exclude<Finding, { kind: 'reissue' }>,
    driver: IsolationDriver,
    fenceFor: (cause: number) => Fence,
  ): Promise<void> {
    const { reports, logger } = this.parts;
    switch (finding.kind) {
      case 'report':
        await reports.status(this.targetOf(finding.tracked), finding.status);
        return;
      case 'leftover':
        await this.remove(finding.status, driver, fenceFor);
        return;
      case 'missing': {
        const { tracked } = finding;
        const status = await driver.inspect(tracked.computeSystemId);
        if (status.state === 'absent' || status.state === 'spent') {
          logger.warn({ host: this.hostId, workload: tracked.workloadId }, 'gone from its host');
          await reports.lost(this.targetOf(tracked), 'host-rebooted');
        } else {
          await reports.status(this.targetOf(tracked), status);
        }
      }
    }
  }

  /**
   * Whether anything there may be ended or given back: in quarantine it is evidence, and a host that was declared off is
   * asked for nothing any more, by a comparison that began before that either.
   */
  private mayTouch(): boolean {
    const { state } = hostOf(this.parts.follower.fleet, this.hostId);
    return state.condition === 'up' && !keepsEvidence(state);
  }

  /** In quarantine the templates stay too: pages of what is looked into may be theirs. */
  private async tend(driver: HostDriver, fenceFor: (cause: number) => Fence): Promise<void> {
    const { hostId } = this;
    if (!this.mayTouch()) return;
    await tendTemplates(this.parts, { hostId, driver, fenceFor }, 'observe');
  }

  /** One that cannot be settled now is found again by the next comparison; a silent host ends this one. */
  private leave(error: unknown): void {
    if (error instanceof DriverError && error.code === 'UNREACHABLE') throw error;
    this.parts.logger.warn({ host: this.hostId, ...told(error) }, 'a difference was not settled');
  }

  private logged(): LoggedAttempt[] {
    const { follower, workloads } = this.parts;
    return follower.attempts.on(this.hostId).flatMap((tracked) => {
      const state = workloads.known(tracked.workloadId)?.state;
      const attempt = state === undefined ? null : holdingAttempt(state);
      if (state === undefined || attempt?.computeSystemId !== tracked.computeSystemId) return [];
      const timeoutSeconds = state.request?.timeoutSeconds ?? null;
      const isAhead = workloads.isAhead(tracked.workloadId);
      return [{ tracked, attempt, stopping: isStopping(state), timeoutSeconds, isAhead }];
    });
  }
}
