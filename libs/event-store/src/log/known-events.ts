import type { AnyEvent, DomainEvent } from '@bulkhead/domain';
import { UnknownStoredEvent } from './event-log.js';

/**
 * The newest schema version of every event type that this process can fold. The compiler refuses a
 * missing type, a misspelt one, and a version that the domain does not have.
 */
export const KNOWN_EVENTS: { readonly [E in DomainEvent as E['type']]: E['schemaVersion'] } = {
  TenantRegistered: 1,
  TenantTrustChanged: 1,
  TenantBoundaryChanged: 1,
  CredentialIssued: 1,
  CredentialRevoked: 1,
  WorkloadSubmitted: 1,
  IsolationDecided: 1,
  WorkloadRejected: 1,
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
  WorkloadEvicted: 1,
  WorkloadDeadlineExceeded: 1,
  AttemptFailed: 1,
  WorkloadRetryScheduled: 1,
  WorkloadCancelRequested: 1,
  WorkloadSucceeded: 1,
  WorkloadFailed: 1,
  WorkloadCancelled: 1,
  WorkloadTimedOut: 1,
  BatchSubmitted: 1,
  BatchTasksAdded: 1,
  BatchTasksFinished: 1,
  BatchSucceeded: 1,
  BatchFailed: 1,
  HostRegistered: 1,
  HostBooted: 1,
  HostCordoned: 1,
  HostUncordoned: 1,
  HostLost: 1,
  HostFenced: 1,
  HostRecovered: 1,
  KernelStarted: 1,
  KernelClaimed: 1,
  KernelEnded: 1,
  PolicyPublished: 1,
  ImageRegistered: 1,
  ImageRevoked: 1,
  PlacerTookOver: 1,
  ConsumerEventSkipped: 1,
  ConsumerRetryRequested: 1,
};

const newestVersionOf = new Map<string, number>(Object.entries(KNOWN_EVENTS));

/** @throws UnknownStoredEvent where the type, or this version of it, came after this process was built */
export function assertKnown(
  position: number,
  stored: Pick<AnyEvent, 'type' | 'schemaVersion'>,
): void {
  const newest = newestVersionOf.get(stored.type);
  if (newest === undefined || stored.schemaVersion < 1 || stored.schemaVersion > newest) {
    throw new UnknownStoredEvent(position, stored);
  }
}

/**
 * The known types that a reader of `wanted` types does not want. Reads exclude these instead of asking
 * for the wanted ones, so that a type this process has never heard of still surfaces and stops it.
 */
export function unwantedTypes(wanted: readonly DomainEvent['type'][] | undefined): string[] {
  if (wanted === undefined) return [];
  const kept = new Set<string>(wanted);
  return [...newestVersionOf.keys()].filter((type) => !kept.has(type));
}
