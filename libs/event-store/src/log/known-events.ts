import {
  type AnyEvent,
  BrokenInvariant,
  type DomainEvent,
  type Upcasters,
  upcast,
  upcasters,
} from '@bulkhead/domain';
import { UnknownStoredEvent } from './event-log.js';

/**
 * The newest schema version of every event type that this process can fold. The compiler refuses a
 * missing type, a misspelt one, and a version that the domain does not have.
 */
export const KNOWN_EVENTS: { readonly [E in DomainEvent as E['type']]: E['schemaVersion'] } = {
  TenantRegistered: 1,
  TenantTrustChanged: 1,
  TenantBoundaryChanged: 1,
  TenantSuspended: 1,
  TenantReinstated: 1,
  TenantQuotaChanged: 2,
  CredentialIssued: 1,
  CredentialRevoked: 1,
  WorkloadSubmitted: 3,
  IsolationDecided: 3,
  WorkloadRejected: 2,
  PlacementDeferred: 1,
  WorkloadPlaced: 1,
  StartAuthorized: 1,
  ImagePulled: 1,
  UtilityVmBooted: 1,
  ComputeSystemCreated: 1,
  NetworkAttached: 1,
  ComputeSystemStarted: 1,
  ComputeSystemStartFailed: 1,
  ComputeSystemExited: 1,
  ComputeSystemLost: 1,
  ComputeSystemReleased: 1,
  WorkloadEvicted: 2,
  WorkloadDeadlineExceeded: 1,
  AttemptFailed: 1,
  WorkloadRetryScheduled: 1,
  WorkloadCancelRequested: 1,
  WorkloadSucceeded: 1,
  WorkloadFailed: 1,
  WorkloadCancelled: 1,
  WorkloadTimedOut: 1,
  BatchSubmitted: 2,
  BatchTasksAdded: 3,
  BatchTasksFinished: 1,
  BatchPaused: 1,
  BatchResumed: 1,
  BatchCancelRequested: 1,
  BatchPredecessorsSucceeded: 1,
  BatchDeadlinePassed: 1,
  BatchSucceeded: 1,
  BatchFailed: 2,
  BatchCancelled: 1,
  BatchRetried: 1,
  ScheduleCreated: 1,
  ScheduleChanged: 1,
  SchedulePaused: 1,
  ScheduleResumed: 1,
  ScheduleTimesMissed: 1,
  ScheduleFired: 1,
  ScheduleSkipped: 1,
  ScheduleDeleted: 1,
  HostRegistered: 2,
  HostBooted: 1,
  HostCordoned: 1,
  HostUncordoned: 1,
  HostDrainStarted: 1,
  HostDrained: 1,
  HostQuarantined: 1,
  HostReleasedFromQuarantine: 1,
  HostRebootRequested: 1,
  HostLost: 1,
  HostFenced: 1,
  HostRecovered: 1,
  HostRetired: 1,
  KernelStarted: 1,
  KernelClaimed: 1,
  KernelEnded: 1,
  TemplateRequested: 1,
  TemplateSaved: 1,
  TemplateRetired: 1,
  PolicyPublished: 4,
  ImageRegistered: 2,
  ImageRevoked: 1,
  AdvisoryPublished: 1,
  AdvisoryWithdrawn: 1,
  AdvisoriesChanged: 1,
  IncidentReported: 2,
  IncidentContained: 1,
  WebhookCreated: 1,
  WebhookChanged: 1,
  WebhookSecretRotated: 1,
  WebhookTestRequested: 1,
  WebhookResendRequested: 1,
  WebhookDisabled: 1,
  WebhookDisabledByTenant: 1,
  WebhookEnabled: 1,
  WebhookDeleted: 1,
  PlacerTookOver: 1,
  ConsumerEventSkipped: 1,
  ConsumerRetryRequested: 1,
  ProjectionRebuildRequested: 1,
  QueueRetryRequested: 1,
};

/** What one version of the service can read: every type with its newest version, and how older ones are read. */
export class KnownEvents {
  private readonly newest: ReadonlyMap<string, number>;

  /** @throws BrokenInvariant unless every older version of every type can be read */
  constructor(
    versions: Readonly<Record<string, number>>,
    private readonly upcasters: Upcasters,
  ) {
    this.newest = new Map(Object.entries(versions));
    for (const [type, newest] of this.newest) {
      for (let version = 1; version < newest; version += 1) {
        if (upcasters[type]?.[version] === undefined) {
          throw new BrokenInvariant(`nothing reads ${type} version ${version}`);
        }
      }
    }
  }

  knows(type: string): boolean {
    return this.newest.has(type);
  }

  /**
   * A stored event as the newest version has it. One of the newest version, which nearly all are, is
   * only looked up.
   * @throws UnknownStoredEvent where the type, or this version of it, came after this process was built
   */
  read(position: number, stored: AnyEvent): DomainEvent {
    const { type, schemaVersion } = stored;
    const newest = this.newest.get(type);
    if (newest === schemaVersion) return stored as DomainEvent;
    if (newest === undefined || schemaVersion < 1 || schemaVersion > newest) {
      throw new UnknownStoredEvent(position, stored);
    }
    const payload = upcast(this.upcasters, stored, newest);
    return { ...stored, schemaVersion: newest, payload } as DomainEvent;
  }

  /**
   * The known types that a reader of `wanted` types does not want. Reads exclude these instead of asking
   * for the wanted ones, so that a type this process has never heard of still surfaces and stops it.
   */
  unwanted(wanted: readonly DomainEvent['type'][] | undefined): string[] {
    if (wanted === undefined) return [];
    const kept = new Set<string>(wanted);
    return [...this.newest.keys()].filter((type) => !kept.has(type));
  }
}

/** What this version of the service knows. */
export const knownEvents = new KnownEvents(KNOWN_EVENTS, upcasters);
