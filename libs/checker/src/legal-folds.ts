import {
  advisoryBoardDecider,
  advisoryDecider,
  batchDecider,
  consumerDecider,
  credentialDecider,
  type DomainEvent,
  hostDecider,
  imageDecider,
  incidentDecider,
  kernelDecider,
  placerDecider,
  policyDecider,
  projectionDecider,
  queueDecider,
  type RecordedEvent,
  scheduleDecider,
  templateDecider,
  tenantDecider,
  webhookDecider,
  workloadDecider,
} from '@bulkhead/domain';
import type { CheckMaker } from './check.js';
import { endsWorkload } from './record-workload.js';

interface Fold {
  readonly initialState: unknown;
  readonly evolve: (state: never, event: never) => unknown;
}

/** The stream whose fold takes the event, by the prefix of stream names. The compiler misses no type. */
export const streamKinds: Readonly<Record<DomainEvent['type'], string>> = {
  TenantRegistered: 'ten_',
  TenantTrustChanged: 'ten_',
  TenantBoundaryChanged: 'ten_',
  TenantSuspended: 'ten_',
  TenantReinstated: 'ten_',
  TenantQuotaChanged: 'ten_',
  CredentialIssued: 'cred_',
  CredentialRevoked: 'cred_',
  WorkloadSubmitted: 'wl_',
  WorkloadRejected: 'wl_',
  WorkloadPlaced: 'wl_',
  WorkloadEvicted: 'wl_',
  WorkloadDeadlineExceeded: 'wl_',
  WorkloadRetryScheduled: 'wl_',
  WorkloadCancelRequested: 'wl_',
  WorkloadSucceeded: 'wl_',
  WorkloadFailed: 'wl_',
  WorkloadCancelled: 'wl_',
  WorkloadTimedOut: 'wl_',
  IsolationDecided: 'wl_',
  PlacementDeferred: 'wl_',
  StartAuthorized: 'wl_',
  ImagePulled: 'wl_',
  UtilityVmBooted: 'wl_',
  NetworkAttached: 'wl_',
  AttemptFailed: 'wl_',
  ComputeSystemCreated: 'wl_',
  ComputeSystemStarted: 'wl_',
  ComputeSystemStartFailed: 'wl_',
  ComputeSystemExited: 'wl_',
  ComputeSystemLost: 'wl_',
  ComputeSystemReleased: 'wl_',
  BatchSubmitted: 'bat_',
  BatchTasksAdded: 'bat_',
  BatchTasksFinished: 'bat_',
  BatchPaused: 'bat_',
  BatchResumed: 'bat_',
  BatchCancelRequested: 'bat_',
  BatchPredecessorsSucceeded: 'bat_',
  BatchDeadlinePassed: 'bat_',
  BatchSucceeded: 'bat_',
  BatchFailed: 'bat_',
  BatchCancelled: 'bat_',
  BatchRetried: 'bat_',
  ScheduleCreated: 'sch_',
  ScheduleChanged: 'sch_',
  SchedulePaused: 'sch_',
  ScheduleResumed: 'sch_',
  ScheduleTimesMissed: 'sch_',
  ScheduleFired: 'sch_',
  ScheduleSkipped: 'sch_',
  ScheduleDeleted: 'sch_',
  HostRegistered: 'host_',
  HostBooted: 'host_',
  HostCordoned: 'host_',
  HostUncordoned: 'host_',
  HostDrainStarted: 'host_',
  HostDrained: 'host_',
  HostQuarantined: 'host_',
  HostReleasedFromQuarantine: 'host_',
  HostLost: 'host_',
  HostFenced: 'host_',
  HostRecovered: 'host_',
  HostRebootRequested: 'host_',
  HostRetired: 'host_',
  KernelStarted: 'ki_',
  KernelClaimed: 'ki_',
  KernelEnded: 'ki_',
  TemplateRequested: 'tpl_',
  TemplateSaved: 'tpl_',
  TemplateRetired: 'tpl_',
  PolicyPublished: 'policy',
  PlacerTookOver: 'placer',
  ConsumerEventSkipped: 'consumer_',
  ConsumerRetryRequested: 'consumer_',
  ProjectionRebuildRequested: 'projection_',
  QueueRetryRequested: 'queue_',
  ImageRegistered: 'img_',
  ImageRevoked: 'img_',
  AdvisoryPublished: 'adv_',
  AdvisoryWithdrawn: 'adv_',
  AdvisoriesChanged: 'advisories',
  IncidentReported: 'inc_',
  IncidentContained: 'inc_',
  WebhookCreated: 'whk_',
  WebhookChanged: 'whk_',
  WebhookSecretRotated: 'whk_',
  WebhookTestRequested: 'whk_',
  WebhookResendRequested: 'whk_',
  WebhookDisabled: 'whk_',
  WebhookDisabledByTenant: 'whk_',
  WebhookEnabled: 'whk_',
  WebhookDeleted: 'whk_',
};

const kindOf = new Map<string, string>(Object.entries(streamKinds));

const folds: Readonly<Record<string, Fold>> = {
  ten_: tenantDecider,
  cred_: credentialDecider,
  wl_: workloadDecider,
  bat_: batchDecider,
  sch_: scheduleDecider,
  host_: hostDecider,
  ki_: kernelDecider,
  tpl_: templateDecider,
  policy: policyDecider,
  placer: placerDecider,
  consumer_: consumerDecider,
  projection_: projectionDecider,
  queue_: queueDecider,
  img_: imageDecider,
  adv_: advisoryDecider,
  advisories: advisoryBoardDecider,
  inc_: incidentDecider,
  whk_: webhookDecider,
};

/** Streams that nothing follows are forgotten: their end is proved by other checks. */
function isLast(recorded: RecordedEvent): boolean {
  const { type } = recorded.event;
  return endsWorkload(recorded) || /^Batch(Succeeded|Retried)$/.test(type);
}

/** Every stream folds through its decider, and every event is of a known type in a stream of its kind. */
export const legalFolds: CheckMaker = (report) => {
  const states = new Map<string, unknown>();
  return {
    see: (recorded) => {
      const { stream, event } = recorded;
      const known = kindOf.get(event.type);
      if (known === undefined) {
        report(`${event.type} is not an event that this version knows`, recorded);
        return;
      }
      if (!stream.startsWith(known)) {
        report(`${event.type} does not belong into this stream`, recorded);
        return;
      }
      const fold = folds[known] as Fold;
      const before = states.has(stream) ? states.get(stream) : fold.initialState;
      try {
        const after = fold.evolve(before as never, event as never);
        if (isLast(recorded)) states.delete(stream);
        else states.set(stream, after);
      } catch (error) {
        report(`the stream does not fold: ${(error as Error).message}`, recorded);
      }
    },
  };
};
