import type { Clock, RecordedEvent, UuidSource } from '@bulkhead/domain';
import type {
  Admission,
  Admitted,
  NextTurn,
  OpenWork,
  OutputStore,
  RandomBytes,
  WholeLog,
} from '@bulkhead/event-store';
import type { DriverRegistry } from '@bulkhead/hypervisor';
import { answerSweep } from './answers/answer-sweep.js';
import { Batches } from './batches/batches.js';
import { dispatchTo } from './dispatch/dispatch.js';
import { FleetFollower, type LogGrowth } from './fleet/fleet-follower.js';
import { LogTime } from './fleet/log-time.js';
import { HostReports } from './hosts/host-reports.js';
import type { JobParts } from './jobs/job-parts.js';
import { STARTS_PER_HOST_MAX, StartTurns } from './jobs/start-turns.js';
import { CANCEL_GRACE_MS } from './jobs/stop-workload.js';
import type { Component } from './keep-running.js';
import { dutiesWhile } from './leases/duties.js';
import { Fences } from './leases/fences.js';
import { LeaseKeeper, type LeaseTable } from './leases/lease-keeper.js';
import { type Logger, told } from './logging.js';
import { NewerEvents } from './newer-events.js';
import { Observe } from './observe/observe.js';
import { type ObserveTimes, observeTimes } from './observe/observe-parts.js';
import { FollowOutput } from './output/follow-output.js';
import { LastOutput } from './output/last-output.js';
import { OutputCapture } from './output/output-capture.js';
import { outputSweep } from './output/output-sweep.js';
import { PLACER_LEASE, Placer } from './place/placer.js';
import type { JobQueue } from './queue/job.js';
import { Schedules } from './schedules/schedules.js';
import { TemplateReports } from './templates/template-reports.js';
import type { Timers } from './timers.js';
import { assembleWebhooks, type WebhookSources } from './webhooks/assemble-webhooks.js';
import type { WebhookSender } from './webhooks/webhook-sender.js';
import { WorkloadCommands } from './workloads/workload-commands.js';
import { WorkloadReports } from './workloads/workload-reports.js';

/** What a worker takes from the world around it; a test gives it other ones. */
export interface WorkerSources {
  readonly log: WholeLog;
  readonly growth: LogGrowth;
  readonly leases: LeaseTable;
  /** A UUID of this process; it owns its leases and its terms as placer. */
  readonly owner: string;
  readonly queue: JobQueue;
  readonly drivers: DriverRegistry;
  readonly clock: Clock;
  /** For leases and silences: a wall clock that is set forward must not end them. */
  readonly steadyClock: Clock;
  readonly timers: Timers;
  readonly newUuid: UuidSource;
  readonly randomBytes: RandomBytes;
  /** Between slices of work that would hold the process up. */
  readonly nextTurn: NextTurn;
  readonly logger: Logger;
  readonly hostLeaseTtlMs: number;
  /** How many compute systems may be starting on one host at a time. */
  readonly startsPerHostMax?: number;
  /** How long what its tenant cancels has to end by itself. */
  readonly cancelGraceMs?: number;
  readonly sweepAnswers: (atMost: number) => Promise<number>;
  readonly output: OutputSettings & { readonly store: OutputStore };
  /** Counts what schedules fire against the limits of their tenants. */
  readonly admit: (asked: Admission) => Promise<Admitted>;
  /** Bounds what each tenant has open, for what schedules fire. */
  readonly openWork: OpenWork;
  readonly times?: Partial<ObserveTimes>;
  /** How tenants are told; without it nobody is. */
  readonly webhooks?: WebhookSources;
}

/** How much is kept of what workloads write, and how long. */
export interface OutputSettings {
  /** Of all attempts of one workload together. */
  readonly maxBytes: number;
  readonly days: number;
}

export interface AssembledWorker {
  /** In the order in which they start. */
  readonly components: readonly Component[];
  readonly follower: FleetFollower;
  readonly newer: NewerEvents;
  readonly leases: LeaseKeeper;
  readonly jobs: JobParts;
  readonly batches: Batches;
  readonly webhooks: WebhookSender | null;
  /** The effect of the consumer `dispatch`. */
  readonly dispatch: (batch: readonly RecordedEvent[]) => Promise<void>;
}

/** Puts the parts of a worker together. Nothing runs yet. */
export function assembleWorker(sources: WorkerSources): AssembledWorker {
  const { log, growth, queue, drivers, clock, steadyClock, timers, newUuid, logger, owner } =
    sources;
  const newer = new NewerEvents();
  const follower = new FleetFollower(log, newer);
  const duties = dutiesWhile(newer, sources.leases, PLACER_LEASE);
  const leases = new LeaseKeeper(sources.leases, steadyClock, timers, logger, duties);
  newer.onChange(() => {
    leases.renew().catch((error: unknown) => logger.warn(told(error), 'leases were not renewed'));
  });
  const workloads = new WorkloadCommands(log, follower);
  const chance = () => sources.randomBytes(4).readUInt32BE() / 2 ** 32;
  const reporting = {
    hosts: new HostReports(log, clock, newUuid),
    templates: new TemplateReports(log, clock),
    reports: new WorkloadReports(log, follower, workloads, clock, chance),
  };
  const logTime = new LogTime(log, steadyClock);
  const shared = { log, follower, workloads, leases, clock, logTime, timers, newUuid, logger };
  const turns = new StartTurns(follower, sources.startsPerHostMax ?? STARTS_PER_HOST_MAX);
  const { store: output, maxBytes: outputMaxBytes, days: outputDays } = sources.output;
  const capture = new OutputCapture({ output, outputMaxBytes, clock });
  const lastOutput = new LastOutput({ capture, timers, logger });
  const { hostLeaseTtlMs, randomBytes, cancelGraceMs = CANCEL_GRACE_MS } = sources;
  const jobs: JobParts = {
    ...shared,
    ...reporting,
    fences: new Fences(leases),
    ...{ drivers, queue, turns, lastOutput, cancelGraceMs },
  };
  const times = { ...observeTimes, hostLeaseTtlMs, ...sources.times };
  const batches = new Batches({ ...shared, steadyClock, growth, newer, randomBytes });
  const webhooks = assembleWebhooks(sources.webhooks, { ...sources, chance });
  const components: Component[] = [
    {
      name: 'fleet',
      run: (signal) => follower.run(growth, signal),
      // Nothing is decided or kept alive by a fleet that is known up to a point only.
      stoppedForGood: () => leases.wantNothing(),
    },
    { name: 'leases', run: (signal) => leases.run(signal) },
    new Placer({ ...shared, owner }),
    new Observe({
      ...{ ...shared, ...reporting, steadyClock, drivers, queue, turns, lastOutput, times },
    }),
    batches,
    new FollowOutput({ ...shared, steadyClock, drivers, capture, last: lastOutput }),
    outputSweep({ output, outputDays, timers, logger }),
    new Schedules({ ...sources, ...shared, newer }),
    answerSweep({ sweepAnswers: sources.sweepAnswers, timers, logger }),
    ...webhooks.components,
  ];
  const dispatch = dispatchTo(queue, follower, logTime);
  return {
    ...{ components, follower, newer, leases, jobs, batches, dispatch },
    webhooks: webhooks.sender,
  };
}
