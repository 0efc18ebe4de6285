import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  type BatchAct,
  type BatchId,
  type BatchState,
  batchDecider,
  seededCatalogue as catalogue,
  type DomainEvent,
  fold,
  type HostCommand,
  type HostId,
  type HostSpec,
  hostDecider,
  imageFacts,
  policyDecider,
  policyVersion1,
  prefixedId,
  type RecordedEvent,
  type SubmitBatch,
  type TenantId,
  type TrustLevel,
  tenantDecider,
  type WorkloadEvent,
  type WorkloadId,
  type WorkloadRequest,
  type WorkloadState,
  workloadDecider,
} from '@bulkhead/domain';
import { executeCommand, imageIdOf, turnsOfProcess, type WholeLog } from '@bulkhead/event-store';
import { InMemoryLog, OutputInMemory, unboundedWork } from '@bulkhead/event-store/in-memory';
import { DriverError, type Fence } from '@bulkhead/hypervisor';
import {
  HostHistory,
  InProcessDriver,
  type JournalEntry,
  SimulatedFleet,
} from '@bulkhead/hypervisor/simulated';
import { v7 } from 'uuid';
import { expect } from 'vitest';
import { type AssembledWorker, assembleWorker, type WorkerSources } from './assemble-worker.js';
import { dispatchedTypes } from './dispatch/jobs-for-event.js';
import type { LogGrowth } from './fleet/fleet-follower.js';
import {
  admitted,
  failing,
  LeasesInMemory,
  QueueInMemory,
  RunsInHand,
} from './in-memory-doubles.contract.js';
import { registration } from './installed-host.contract.js';
import { runJob } from './jobs/run-job.js';
import type { Component } from './keep-running.js';
import type { Logger } from './logging.js';
import type { ObserveTimes } from './observe/observe-parts.js';
import { realClock, realSteadyClock, realTimers } from './real-time.js';
import { someRequest } from './some-request.contract.js';
import { sleep } from './timers.js';

export { hanging, knownImage, someRequest, untilTold } from './some-request.contract.js';

const PATIENCE_MS = 20_000;
const STEP_MS = 10;
const because = {
  actor: { kind: 'operator' as const, id: 'test' },
  correlationId: 'test',
  causationPosition: null,
};

/** A log, simulated hosts and any number of workers in one process; time is real and short. */
export class Installation {
  constructor(
    readonly log: WholeLog = new InMemoryLog({ clock: realClock, newEventId: v7 }),
    /** Divides the stage times of hosts that are installed. */
    private readonly hostTimeScale = 1,
    /** How often a test looks whether what it waits for has come. */
    private readonly lookEveryMs = STEP_MS,
  ) {}

  readonly leases = new LeasesInMemory();
  readonly queue = new QueueInMemory();
  readonly runs = new RunsInHand();
  readonly output = new OutputInMemory();
  readonly journal: (JournalEntry & { hostId: HostId })[] = [];
  /** Hosts that got a lease for a boot that the log did not know yet. */
  readonly leasedTooEarly: HostId[] = [];
  /** While true, no host answers anything. */
  silent = false;
  readonly simulated = new SimulatedFleet({
    clock: realClock,
    timers: this.runs,
    uuid: v7,
    timeScale: 1_000,
    openJournal: (hostId) => ({
      sink: { append: (entry) => void this.journal.push({ ...entry, hostId }) },
      history: new HostHistory(),
    }),
    keep: () => {},
  });
  private stopping = new AbortController();
  private running: Promise<void>[] = [];
  sources: Partial<WorkerSources> = {};
  logger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

  async startWorker(times: Partial<ObserveTimes> = {}, owner = v7()): Promise<AssembledWorker> {
    const growth: LogGrowth = {
      growths: 0,
      waitForGrowth: (_timeoutMs, signal) => sleep(realTimers, 5, signal),
    };
    const worker = assembleWorker({
      log: this.log,
      growth,
      leases: this.leases.of(owner),
      owner,
      queue: this.queue,
      drivers: { driverFor: (host) => this.reachable(new InProcessDriver(this.simulated, host)) },
      clock: realClock,
      steadyClock: realSteadyClock,
      timers: realTimers,
      newUuid: v7,
      randomBytes: (count) => randomBytes(count),
      nextTurn: turnsOfProcess,
      logger: this.logger,
      hostLeaseTtlMs: 2_000,
      cancelGraceMs: 50,
      sweepAnswers: async () => 0,
      output: { store: this.output, maxBytes: 1_048_576, days: 30 },
      admit: async () => admitted,
      openWork: unboundedWork(),
      ...this.sources,
      times: { retryMs: 20, retryMaxMs: 50, probeEveryMs: 50, ...times },
    });
    this.queue.take = (job) => runJob(worker.jobs, job);
    await worker.follower.catchUp();
    await worker.leases.renew();
    const { signal } = this.stopping;
    setMaxListeners(0, signal);
    this.running.push(...worker.components.map((component) => this.run(component, owner, signal)));
    this.running.push(this.follow(worker, signal));
    return worker;
  }

  /** One component of one worker; here a failure is the end of it. */
  protected run(component: Component, _owner: string, signal: AbortSignal): Promise<void> {
    return component.run(signal);
  }

  /** Stops all workers; others may be started after it. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
    this.running = [];
    this.stopping = new AbortController();
  }

  async install(hosts = 1): Promise<HostId[]> {
    await this.append(null, 'policy', 0, policyDecider, {
      kind: 'publish-policy',
      version: 1,
      policy: policyVersion1,
      nowMs: realClock(),
    });
    for (const image of catalogue) {
      const imageId = imageIdOf(image.reference);
      const registered = {
        type: 'ImageRegistered',
        schemaVersion: 2,
        occurredAtMs: realClock(),
        payload: { ...image, imageId },
      } as const;
      await this.record(null, imageId, 0, [registered]);
    }
    return this.addHosts(hosts);
  }

  async addHosts(count: number, changes: Partial<HostSpec> = {}): Promise<HostId[]> {
    const ids = Array.from({ length: count }, () => prefixedId('host', v7()));
    for (const hostId of ids)
      await this.record(null, hostId, 0, [registration(hostId, this.hostTimeScale, changes)]);
    return ids;
  }

  async tenant(trust: TrustLevel): Promise<TenantId> {
    const tenantId = prefixedId('ten', v7());
    const trustBoundary = `own:${tenantId}` as const;
    const payload = { tenantId, name: 'tenant', trust, trustBoundary };
    await this.record(tenantId, tenantId, 0, [
      { type: 'TenantRegistered', schemaVersion: 1, occurredAtMs: realClock(), payload },
    ]);
    return tenantId;
  }

  async changeTrust(tenantId: TenantId, to: TrustLevel): Promise<void> {
    const history = await this.log.readStream(tenantId, tenantId);
    const { trust: from } = fold(
      tenantDecider,
      history.map(({ event }) => event as never),
    );
    const payload = { from, to, reason: 'test' };
    await this.record(tenantId, tenantId, history.length, [
      { type: 'TenantTrustChanged', schemaVersion: 1, occurredAtMs: realClock(), payload },
    ]);
  }

  async submit(
    tenantId: TenantId,
    changes: Partial<WorkloadRequest> = {},
    batch: { batchId: BatchId; index: number } | null = null,
  ): Promise<WorkloadId> {
    const workloadId = prefixedId('wl', v7());
    const request = someRequest(changes);
    const history = await this.log.readStream(tenantId, tenantId);
    const tenant = fold(
      tenantDecider,
      history.map(({ event }) => event as never),
    );
    const image = catalogue.find(({ reference }) => reference === request.image);
    const imageId = imageIdOf(request.image);
    await this.append(tenantId, workloadId, 0, workloadDecider, {
      kind: 'submit-workload',
      workloadId,
      tenantId,
      batch,
      request,
      image: imageFacts(imageId, request.image, {
        registered: image === undefined ? null : { ...image, imageId },
        revoked: false,
      }),
      trust: tenant.trust,
      trustBoundary: tenant.trustBoundary,
      policy: policyVersion1,
      policyVersion: 1,
      hosts: [],
      nowMs: realClock(),
    });
    return workloadId;
  }

  async submitBatch(
    tenantId: TenantId,
    tasks: readonly WorkloadRequest[],
    limits: Partial<
      Pick<SubmitBatch, 'maxParallel' | 'maxFailures' | 'deadlineAtMs' | 'after'>
    > = {},
  ): Promise<BatchId> {
    const batchId = prefixedId('bat', v7());
    await this.append(tenantId, batchId, 0, batchDecider, {
      ...{ kind: 'submit-batch', batchId, tenantId, tasks, contentSha256: '0'.repeat(64) },
      ...{ maxParallel: null, maxFailures: null, ...limits, nowMs: realClock() },
    });
    return batchId;
  }

  async batch(tenantId: TenantId, batchId: BatchId): Promise<BatchState> {
    return (await this.log.readState(tenantId, batchId, batchDecider)).state;
  }

  async actOnBatch(tenantId: TenantId, batchId: BatchId, kind: BatchAct): Promise<void> {
    const command = { kind, reason: null, nowMs: realClock() };
    const [owner, stream, decider] = [tenantId, batchId, batchDecider];
    await executeCommand({ log: this.log, owner, stream, decider, command, metadata: because });
  }

  /** What an operator does to a host, while its boot may be reported at the same time. */
  async onHost(hostId: HostId, command: HostCommand): Promise<void> {
    const { log } = this;
    await executeCommand({
      ...{ log, owner: null, stream: hostId, decider: hostDecider, command, metadata: because },
      attemptsMax: 10,
    });
  }

  async fence(hostId: HostId): Promise<void> {
    await this.onHost(hostId, { kind: 'fence', reason: 'test', nowMs: realClock() });
  }

  async cancel(tenantId: TenantId, workloadId: WorkloadId): Promise<void> {
    const command = { kind: 'cancel', reason: null, nowMs: realClock() } as const;
    const [owner, stream, decider] = [tenantId, workloadId, workloadDecider];
    const cancel = { log: this.log, owner, stream, decider, command, metadata: because };
    await executeCommand({ ...cancel, attemptsMax: 10 });
  }

  async history(tenantId: TenantId, workloadId: WorkloadId): Promise<readonly RecordedEvent[]> {
    return this.log.readStream(tenantId, workloadId);
  }

  async state(tenantId: TenantId, workloadId: WorkloadId): Promise<WorkloadState> {
    const history = await this.history(tenantId, workloadId);
    return fold(
      workloadDecider,
      history.map(({ event }) => event as WorkloadEvent),
    );
  }

  async types(tenantId: TenantId, workloadId: WorkloadId): Promise<string[]> {
    return (await this.history(tenantId, workloadId)).map(({ event }) => event.type);
  }

  async reaches(
    tenantId: TenantId,
    workloadId: WorkloadId,
    status: WorkloadState['status'],
  ): Promise<WorkloadState> {
    return this.until(
      () => this.state(tenantId, workloadId),
      (state) => state.status === status,
    ).catch(async () => {
      expect(await this.types(tenantId, workloadId)).toContain(`an event that leads to ${status}`);
      throw new Error('unreachable');
    });
  }

  async until<T>(look: () => Promise<T>, isDone: (seen: T) => boolean): Promise<T> {
    for (let passedMs = 0; passedMs < PATIENCE_MS; passedMs += this.lookEveryMs) {
      const seen = await look();
      if (isDone(seen)) return seen;
      await sleep(realTimers, this.lookEveryMs, new AbortController().signal);
    }
    throw new Error('it never came');
  }

  async record(
    owner: TenantId | null,
    stream: RecordedEvent['stream'],
    expectedVersion: number,
    events: readonly DomainEvent[],
  ): Promise<void> {
    await this.log.append({
      streams: [{ owner, stream, expectedVersion, events }],
      metadata: because,
    });
  }

  /** The driver of a host that answers only while the hosts are not silent. */
  private reachable(driver: InProcessDriver): InProcessDriver {
    return new Proxy(driver, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          const away = new DriverError('UNREACHABLE', 'silence');
          if (this.silent && name === 'logs') return failing(away);
          if (this.silent && name !== 'watch') return Promise.reject(away);
          if (name === 'renewLease') return this.lease(target, args);
          return member.apply(target, args);
        };
      },
    });
  }

  private async lease(driver: InProcessDriver, [bootId, fence, ttlMs]: unknown[]): Promise<void> {
    const { hostId } = await driver.fingerprint();
    const boots = (await this.log.readStream(null, hostId)).map(({ event }) => event.payload);
    if (!boots.some((told) => 'bootId' in told && told.bootId === bootId)) {
      this.leasedTooEarly.push(hostId);
    }
    await driver.renewLease(bootId as string, fence as Fence, ttlMs as number);
  }

  /** By the host's own journal. */
  ran(workloadId: WorkloadId, kind: JournalEntry['kind']): JournalEntry[] {
    return this.journal.filter((entry) => entry.workloadId === workloadId && entry.kind === kind);
  }

  private async append<C, S>(
    owner: TenantId | null,
    stream: RecordedEvent['stream'],
    expectedVersion: number,
    decider: {
      initialState: S;
      decide(
        command: C,
        state: S,
      ): { accepted: true; events: readonly unknown[] } | { accepted: false; rejection: object };
      evolve(state: S, event: never): S;
    },
    command: C,
  ): Promise<void> {
    const history = await this.log.readStream(owner, stream);
    const state = history.reduce(
      (s, { event }) => decider.evolve(s, event as never),
      decider.initialState,
    );
    const decided = decider.decide(command, state);
    if (!decided.accepted) throw new Error(JSON.stringify(decided.rejection));
    await this.record(owner, stream, expectedVersion, decided.events as DomainEvent[]);
  }

  /** The consumer `dispatch`, without its checkpoint. */
  private async follow(worker: AssembledWorker, signal: AbortSignal): Promise<void> {
    let afterPosition = 0;
    while (!signal.aborted) {
      const batch = await this.log.readAll({ afterPosition, limit: 1_000, types: dispatchedTypes });
      await worker.dispatch(batch);
      afterPosition = batch.at(-1)?.position ?? afterPosition;
      await sleep(realTimers, 3, signal);
    }
  }
}
