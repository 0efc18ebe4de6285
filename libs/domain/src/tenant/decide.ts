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
import {
  type StandingAct,
  type StandingRefusal,
  type TenantStanding,
  tenantActivityOf,
  tenantActivityTable,
  tenantStandingOf,
  tenantStandingTable,
} from './tenant-table.js';

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
    switch (command.kind) {
      case 'register-tenant':
      case 'change-trust':
      case 'change-boundary':
        return changeStanding(command, state);
      case 'suspend':
      case 'reinstate':
        return changeActivity(command, state);
      case 'change-quota':
        return changeQuota(command, state);
    }
  },
};

type Command<K extends TenantCommand['kind']> = Extract<TenantCommand, { kind: K }>;
type OfStanding = Command<'register-tenant' | 'change-trust' | 'change-boundary'>;

const refusalTexts: Readonly<Record<StandingRefusal, string>> = {
  TENANT_EXISTS: 'The tenant is registered already.',
  TENANT_NOT_FOUND: 'There is no such tenant.',
  BOUNDARY_NEEDS_TRUST: 'Only a trusted tenant can be put into a named boundary.',
};

function refuse(code: StandingRefusal): Decided<TenantEvent> {
  return reject(code, refusalTexts[code]);
}

function changeStanding(command: OfStanding, state: TenantState): Decided<TenantEvent> {
  const answer = tenantStandingTable[actOf(command)][tenantStandingOf(state)];
  if (answer in refusalTexts) return refuse(answer as StandingRefusal);
  if (command.kind === 'register-tenant') return register(command);
  return moveTo(answer as Exclude<TenantStanding, 'absent'>, command, state);
}

function actOf(command: OfStanding): StandingAct {
  switch (command.kind) {
    case 'register-tenant':
      return 'register';
    case 'change-trust':
      return `become-${command.trust}`;
    case 'change-boundary':
      return command.boundaryGroup === null ? 'leave-group' : 'join-group';
  }
}

function register(command: Command<'register-tenant'>): Decided<TenantEvent> {
  const { tenantId, name, trust, boundaryGroup: group, nowMs } = command;
  if (group !== null && trust !== 'trusted') return refuse('BOUNDARY_NEEDS_TRUST');
  const trustBoundary: TrustBoundary = group === null ? ownBoundary(tenantId) : `group:${group}`;
  const registered = { tenantId, name, trust, trustBoundary };
  return accept(event<TenantRegistered>('TenantRegistered', nowMs, registered));
}

/** What of trust and boundary is another there, is told. */
function moveTo(
  standing: Exclude<TenantStanding, 'absent'>,
  command: Exclude<OfStanding, { kind: 'register-tenant' }>,
  { tenantId, trust: wasTrusted, trustBoundary: from }: TenantState,
): Decided<TenantEvent> {
  const { reason, nowMs } = command;
  const trust = standing === 'grouped' ? 'trusted' : standing;
  const group = command.kind === 'change-boundary' ? command.boundaryGroup : null;
  const joined: TrustBoundary = group === null ? from : `group:${group}`;
  const to = standing === 'grouped' ? joined : ownBoundary(tenantId as TenantId);
  const changed = { from: wasTrusted, to: trust, reason };
  const moved = { from, to, reason };
  return accept<TenantEvent>(
    ...(trust === wasTrusted
      ? []
      : [event<TenantTrustChanged>('TenantTrustChanged', nowMs, changed)]),
    ...(to === from ? [] : [event<TenantBoundaryChanged>('TenantBoundaryChanged', nowMs, moved)]),
  );
}

function changeActivity(
  command: Command<'suspend' | 'reinstate'>,
  state: TenantState,
): Decided<TenantEvent> {
  if (state.tenantId === null) return refuse('TENANT_NOT_FOUND');
  const { reason, nowMs } = command;
  const before = tenantActivityOf(state);
  const evict = command.kind === 'suspend' && command.evict;
  const after = tenantActivityTable[evict ? 'suspend-and-evict' : command.kind][before];
  if (after === before) return accept();
  if (after === 'active') {
    return accept(event<TenantReinstated>('TenantReinstated', nowMs, { reason }));
  }
  const suspended = { evict: after === 'evicted', reason };
  return accept(event<TenantSuspended>('TenantSuspended', nowMs, suspended));
}

function changeQuota(
  { quota, reason, nowMs }: Command<'change-quota'>,
  { tenantId, quota: before }: TenantState,
): Decided<TenantEvent> {
  if (tenantId === null) return refuse('TENANT_NOT_FOUND');
  const names = Object.keys(quota) as (keyof TenantQuota)[];
  if (names.every((name) => quota[name] === before[name])) return accept();
  return accept(event<TenantQuotaChanged>('TenantQuotaChanged', nowMs, { quota, reason }, 2));
}
