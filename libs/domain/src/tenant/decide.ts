import { accept, type Decided, type Decider, reject } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { TenantId } from '../ids.js';
import type {
  TenantBoundaryChanged,
  TenantEvent,
  TenantQuotaChanged,
  TenantRegistered,
  TenantReinstated,
  TenantSuspended,
  TenantTrustChanged,
  TrustBoundary,
  TrustLevel,
} from './events.js';
import type { TenantQuota } from './quota.js';
import { evolveTenant, ownBoundary, type TenantState, unregisteredTenant } from './state.js';

export type TenantCommand =
  | {
      readonly kind: 'register-tenant';
      readonly tenantId: TenantId;
      readonly name: string;
      readonly trust: TrustLevel;
      /** A named boundary to share with other trusted tenants; null for its own. */
      readonly boundaryGroup: string | null;
      readonly nowMs: TimeMs;
    }
  | {
      readonly kind: 'change-trust';
      readonly trust: TrustLevel;
      readonly reason: string;
      readonly nowMs: TimeMs;
    }
  | {
      readonly kind: 'change-boundary';
      readonly boundaryGroup: string | null;
      readonly reason: string;
      readonly nowMs: TimeMs;
    }
  | {
      readonly kind: 'suspend';
      /** Whether what runs has to go as well. */
      readonly evict: boolean;
      readonly reason: string;
      readonly nowMs: TimeMs;
    }
  | { readonly kind: 'reinstate'; readonly reason: string; readonly nowMs: TimeMs }
  | {
      readonly kind: 'change-quota';
      readonly quota: TenantQuota;
      readonly reason: string;
      readonly nowMs: TimeMs;
    };

/**
 * A tenant's trust and boundary. Only trusted tenants share a named boundary, so whoever stops being
 * trusted is put back into its own in the same append.
 */
export const tenantDecider: Decider<TenantCommand, TenantState, TenantEvent> = {
  initialState: unregisteredTenant,
  evolve: evolveTenant,
  decide: (command, state) => {
    if (command.kind === 'register-tenant') return register(command, state);
    if (state.tenantId === null) return reject('TENANT_NOT_FOUND', 'There is no such tenant.');
    switch (command.kind) {
      case 'change-trust':
        return changeTrust(command, state, state.tenantId);
      case 'change-boundary':
        return changeBoundary(command, state, state.tenantId);
      case 'suspend':
        return suspend(command, state);
      case 'reinstate':
        return reinstate(command, state);
      case 'change-quota':
        return changeQuota(command, state);
    }
  },
};

type Command<K extends TenantCommand['kind']> = Extract<TenantCommand, { kind: K }>;

function register(command: Command<'register-tenant'>, state: TenantState): Decided<TenantEvent> {
  if (state.tenantId !== null) return reject('TENANT_EXISTS', 'The tenant is registered already.');
  const boundary = boundaryFor(command.tenantId, command.trust, command.boundaryGroup);
  if (boundary === null) return notTrusted();
  return accept(
    event<TenantRegistered>('TenantRegistered', command.nowMs, {
      tenantId: command.tenantId,
      name: command.name,
      trust: command.trust,
      trustBoundary: boundary,
    }),
  );
}

function changeTrust(
  command: Command<'change-trust'>,
  state: TenantState,
  tenantId: TenantId,
): Decided<TenantEvent> {
  if (command.trust === state.trust) return accept();
  const { reason, nowMs } = command;
  const changed = event<TenantTrustChanged>('TenantTrustChanged', nowMs, {
    from: state.trust,
    to: command.trust,
    reason,
  });
  const own = ownBoundary(tenantId);
  if (command.trust === 'trusted' || state.trustBoundary === own) return accept(changed);
  return accept<TenantEvent>(changed, movedTo(own, state, reason, nowMs));
}

function changeBoundary(
  command: Command<'change-boundary'>,
  state: TenantState,
  tenantId: TenantId,
): Decided<TenantEvent> {
  const boundary = boundaryFor(tenantId, state.trust, command.boundaryGroup);
  if (boundary === null) return notTrusted();
  if (boundary === state.trustBoundary) return accept();
  return accept<TenantEvent>(movedTo(boundary, state, command.reason, command.nowMs));
}

/** Suspending once more changes something only where what runs has to go now. */
function suspend(
  { evict, reason, nowMs }: Command<'suspend'>,
  { suspension }: TenantState,
): Decided<TenantEvent> {
  if (suspension !== null && (suspension.evict || !evict)) return accept();
  return accept(event<TenantSuspended>('TenantSuspended', nowMs, { evict, reason }));
}

function reinstate(
  { reason, nowMs }: Command<'reinstate'>,
  { suspension }: TenantState,
): Decided<TenantEvent> {
  if (suspension === null) return accept();
  return accept(event<TenantReinstated>('TenantReinstated', nowMs, { reason }));
}

function changeQuota(
  { quota, reason, nowMs }: Command<'change-quota'>,
  { quota: before }: TenantState,
): Decided<TenantEvent> {
  const names = Object.keys(quota) as (keyof TenantQuota)[];
  if (names.every((name) => quota[name] === before[name])) return accept();
  return accept(event<TenantQuotaChanged>('TenantQuotaChanged', nowMs, { quota, reason }, 2));
}

function movedTo(to: TrustBoundary, state: TenantState, reason: string, nowMs: TimeMs) {
  return event<TenantBoundaryChanged>('TenantBoundaryChanged', nowMs, {
    from: state.trustBoundary,
    to,
    reason,
  });
}

function boundaryFor(
  tenantId: TenantId,
  trust: TrustLevel,
  group: string | null,
): TrustBoundary | null {
  if (group === null) return ownBoundary(tenantId);
  return trust === 'trusted' ? `group:${group}` : null;
}

function notTrusted(): Decided<TenantEvent> {
  return reject('BOUNDARY_NEEDS_TRUST', 'Only a trusted tenant can be put into a named boundary.');
}
