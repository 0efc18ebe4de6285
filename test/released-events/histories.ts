import type { DomainEvent } from '@bulkhead/domain';

export type Type = DomainEvent['type'];

export interface Folded {
  readonly stream:
    | 'tenant'
    | 'credential'
    | 'workload'
    | 'batch'
    | 'schedule'
    | 'host'
    | 'kernel'
    | 'template'
    | 'policy'
    | 'image'
    | 'advisory'
    | 'advisoryBoard'
    | 'incident'
    | 'webhook'
    | 'placer'
    | 'consumer'
    | 'projection'
    | 'queue';
  /** What stands before it in the shortest history in which it may stand. */
  readonly after: readonly Type[];
}

const of = (stream: Folded['stream'], ...after: Type[]): Folded => ({ stream, after });

const decided: Type[] = ['WorkloadSubmitted', 'IsolationDecided'];
const placed: Type[] = [...decided, 'WorkloadPlaced'];
const authorized: Type[] = [...placed, 'StartAuthorized'];
const started: Type[] = [...authorized, 'ComputeSystemStarted'];
const released: Type[] = [...started, 'ComputeSystemExited', 'ComputeSystemReleased'];

/** The compiler refuses a type that is missing here. */
export const folds: Readonly<Record<Type, Folded>> = {
  TenantRegistered: of('tenant'),
  TenantTrustChanged: of('tenant', 'TenantRegistered'),
  TenantBoundaryChanged: of('tenant', 'TenantRegistered'),
  TenantSuspended: of('tenant', 'TenantRegistered'),
  TenantReinstated: of('tenant', 'TenantRegistered', 'TenantSuspended'),
  TenantQuotaChanged: of('tenant', 'TenantRegistered'),
  CredentialIssued: of('credential'),
  CredentialRevoked: of('credential', 'CredentialIssued'),
  WorkloadSubmitted: of('workload'),
  IsolationDecided: of('workload', 'WorkloadSubmitted'),
  WorkloadRejected: of('workload', 'WorkloadSubmitted'),
  PlacementDeferred: of('workload', ...decided),
  WorkloadPlaced: of('workload', ...decided),
  StartAuthorized: of('workload', ...placed),
  ImagePulled: of('workload', ...authorized),
  UtilityVmBooted: of('workload', ...authorized),
  ComputeSystemCreated: of('workload', ...authorized),
  NetworkAttached: of('workload', ...authorized),
  ComputeSystemStarted: of('workload', ...authorized),
  ComputeSystemStartFailed: of('workload', ...authorized),
  ComputeSystemExited: of('workload', ...started),
  ComputeSystemLost: of('workload', ...started),
  ComputeSystemReleased: of('workload', ...started, 'ComputeSystemExited'),
  WorkloadEvicted: of('workload', ...started),
  WorkloadDeadlineExceeded: of('workload', ...started),
  AttemptFailed: of('workload', ...released),
  WorkloadRetryScheduled: of('workload', ...released, 'AttemptFailed'),
  WorkloadCancelRequested: of('workload', ...started),
  WorkloadSucceeded: of('workload', ...released),
  WorkloadFailed: of('workload', ...released, 'AttemptFailed'),
  WorkloadCancelled: of('workload', ...decided, 'WorkloadCancelRequested'),
  WorkloadTimedOut: of('workload', ...released),
  BatchSubmitted: of('batch'),
  BatchTasksAdded: of('batch', 'BatchSubmitted'),
  BatchTasksFinished: of('batch', 'BatchSubmitted', 'BatchTasksAdded'),
  BatchPaused: of('batch', 'BatchSubmitted', 'BatchTasksAdded'),
  BatchResumed: of('batch', 'BatchSubmitted', 'BatchTasksAdded', 'BatchPaused'),
  BatchCancelRequested: of('batch', 'BatchSubmitted', 'BatchTasksAdded'),
  BatchPredecessorsSucceeded: of('batch', 'BatchSubmitted', 'BatchTasksAdded'),
  BatchDeadlinePassed: of('batch', 'BatchSubmitted', 'BatchTasksAdded'),
  BatchSucceeded: of('batch', 'BatchSubmitted', 'BatchTasksAdded', 'BatchTasksFinished'),
  BatchFailed: of('batch', 'BatchSubmitted', 'BatchTasksAdded', 'BatchTasksFinished'),
  BatchCancelled: of('batch', 'BatchSubmitted', 'BatchTasksAdded', 'BatchCancelRequested'),
  BatchRetried: of(
    'batch',
    'BatchSubmitted',
    'BatchTasksAdded',
    'BatchCancelRequested',
    'BatchCancelled',
  ),
  ScheduleCreated: of('schedule'),
  ScheduleChanged: of('schedule', 'ScheduleCreated'),
  SchedulePaused: of('schedule', 'ScheduleCreated'),
  ScheduleResumed: of('schedule', 'ScheduleCreated', 'SchedulePaused'),
  ScheduleTimesMissed: of('schedule', 'ScheduleCreated'),
  ScheduleFired: of('schedule', 'ScheduleCreated'),
  ScheduleSkipped: of('schedule', 'ScheduleCreated'),
  ScheduleDeleted: of('schedule', 'ScheduleCreated'),
  HostRegistered: of('host'),
  HostBooted: of('host', 'HostRegistered'),
  HostCordoned: of('host', 'HostRegistered', 'HostBooted'),
  HostUncordoned: of('host', 'HostRegistered', 'HostBooted', 'HostCordoned'),
  HostDrainStarted: of('host', 'HostRegistered', 'HostBooted'),
  HostDrained: of('host', 'HostRegistered', 'HostBooted', 'HostDrainStarted'),
  HostRetired: of('host', 'HostRegistered', 'HostBooted', 'HostDrainStarted', 'HostDrained'),
  HostQuarantined: of('host', 'HostRegistered', 'HostBooted'),
  HostReleasedFromQuarantine: of('host', 'HostRegistered', 'HostBooted', 'HostQuarantined'),
  HostLost: of('host', 'HostRegistered', 'HostBooted'),
  HostFenced: of('host', 'HostRegistered', 'HostBooted', 'HostLost'),
  HostRebootRequested: of('host', 'HostRegistered', 'HostBooted'),
  HostRecovered: of('host', 'HostRegistered', 'HostBooted', 'HostLost'),
  KernelStarted: of('kernel'),
  KernelClaimed: of('kernel', 'KernelStarted'),
  KernelEnded: of('kernel', 'KernelStarted', 'KernelClaimed'),
  TemplateRequested: of('template'),
  TemplateSaved: of('template', 'TemplateRequested'),
  TemplateRetired: of('template', 'TemplateRequested', 'TemplateSaved'),
  PolicyPublished: of('policy'),
  ImageRegistered: of('image'),
  ImageRevoked: of('image', 'ImageRegistered'),
  AdvisoryPublished: of('advisory'),
  AdvisoryWithdrawn: of('advisory', 'AdvisoryPublished'),
  AdvisoriesChanged: of('advisoryBoard'),
  IncidentReported: of('incident'),
  IncidentContained: of('incident', 'IncidentReported'),
  WebhookCreated: of('webhook'),
  WebhookChanged: of('webhook', 'WebhookCreated'),
  WebhookSecretRotated: of('webhook', 'WebhookCreated'),
  WebhookTestRequested: of('webhook', 'WebhookCreated'),
  WebhookResendRequested: of('webhook', 'WebhookCreated'),
  WebhookDisabled: of('webhook', 'WebhookCreated'),
  WebhookDisabledByTenant: of('webhook', 'WebhookCreated'),
  WebhookEnabled: of('webhook', 'WebhookCreated', 'WebhookDisabled'),
  WebhookDeleted: of('webhook', 'WebhookCreated'),
  PlacerTookOver: of('placer'),
  ConsumerEventSkipped: of('consumer'),
  ConsumerRetryRequested: of('consumer'),
  ProjectionRebuildRequested: of('projection'),
  QueueRetryRequested: of('queue'),
};
