import type {
  AdvisoryId,
  HostEvent,
  HostId,
  KernelInstanceId,
  RecordedEvent,
  TenantId,
} from '@bulkhead/domain';
import type { Ledger, LedgerHost, LedgerKernel } from './ledger.js';

/** Writes events of tenants, hosts, kernels, advisories, policy and placer into the ledger. */
export function recordPlatform(ledger: Ledger, { stream, event, position }: RecordedEvent): void {
  switch (event.type) {
    case 'TenantRegistered': {
      const { trust, trustBoundary } = event.payload;
      ledger.tenants.set(stream as TenantId, { trust, trustBoundary });
      return;
    }
    case 'TenantTrustChanged': {
      const before = ledger.tenantOf(stream as TenantId);
      ledger.tenants.set(stream as TenantId, { ...before, trust: event.payload.to });
      return;
    }
    case 'TenantBoundaryChanged': {
      const before = ledger.tenantOf(stream as TenantId);
      ledger.tenants.set(stream as TenantId, { ...before, trustBoundary: event.payload.to });
      return;
    }
    case 'PolicyPublished':
      ledger.policy = event.payload;
      return;
    case 'AdvisoryPublished':
      ledger.advisories.set(stream as AdvisoryId, { published: event.payload, position });
      return;
    case 'AdvisoryWithdrawn':
      ledger.advisories.delete(stream as AdvisoryId);
      return;
    case 'PlacerTookOver':
      ledger.placerTerm = event.payload.term;
      return;
    case 'KernelStarted':
    case 'KernelClaimed':
    case 'KernelEnded':
      recordKernel(ledger, stream as KernelInstanceId, event);
      return;
    default:
      if (stream.startsWith('host_'))
        recordHost(ledger, stream as HostId, event as HostEvent, position);
  }
}

function recordHost(ledger: Ledger, hostId: HostId, event: HostEvent, position: number): void {
  if (event.type === 'HostRegistered') {
    ledger.hosts.set(hostId, {
      spec: event.payload,
      condition: 'registered',
      cordoned: false,
      draining: false,
      quarantined: false,
      rebooting: false,
      bootedPosition: 0,
      kernelInstanceId: null,
      osVersion: event.payload.osVersion,
    });
    return;
  }
  const before = ledger.hosts.get(hostId);
  if (before === undefined) return;
  const booted = event.type === 'HostBooted' ? { bootedPosition: position } : {};
  ledger.hosts.set(hostId, { ...before, ...booted, ...changeOf(event) });
}

function changeOf(event: Exclude<HostEvent, { type: 'HostRegistered' }>): Partial<LedgerHost> {
  switch (event.type) {
    case 'HostBooted': {
      const { kernelInstanceId, osVersion } = event.payload;
      return { condition: 'up', kernelInstanceId, osVersion, rebooting: false };
    }
    case 'HostCordoned':
      return { cordoned: true };
    case 'HostUncordoned':
      return { cordoned: false, draining: false };
    case 'HostDrainStarted':
      return { draining: true };
    case 'HostQuarantined':
      return { quarantined: true };
    case 'HostReleasedFromQuarantine':
      return { quarantined: false };
    case 'HostLost':
      return { condition: 'lost' };
    case 'HostFenced':
      return { condition: 'fenced' };
    case 'HostRebootRequested':
      return { rebooting: true };
    case 'HostRecovered':
      return { condition: 'up' };
    case 'HostRetired':
      return { condition: 'retired' };
    default:
      return {};
  }
}

type KernelEventOf = Extract<RecordedEvent['event'], { type: `Kernel${string}` }>;

function recordKernel(ledger: Ledger, stream: KernelInstanceId, event: KernelEventOf): void {
  const unknown: LedgerKernel = { kind: 'host', trustBoundary: null, ended: false };
  const before = ledger.kernels.get(stream) ?? unknown;
  switch (event.type) {
    case 'KernelStarted':
      ledger.kernels.set(stream, { ...before, kind: event.payload.kind });
      return;
    case 'KernelClaimed':
      ledger.kernels.set(stream, { ...before, trustBoundary: event.payload.trustBoundary });
      return;
    case 'KernelEnded':
      if (before.kind === 'utility-vm') ledger.kernels.delete(stream);
      else ledger.kernels.set(stream, { ...before, ended: true });
  }
}
