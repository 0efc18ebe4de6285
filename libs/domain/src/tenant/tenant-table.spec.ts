import { describe, expect, it } from 'vitest';
import { idOf, NOW_MS } from '../../../../test/domain/builders.js';
import { fold } from '../decider.js';
import type { TenantId } from '../ids.js';
import { type TenantCommand, tenantDecider } from './decide.js';
import type { TrustLevel } from './events.js';
import { defaultQuota } from './quota.js';
import type { TenantState } from './state.js';
import {
  type ActivityAct,
  type StandingAct,
  type TenantActivity,
  type TenantStanding,
  tenantActivityOf,
  tenantActivityTable,
  tenantStandingOf,
  tenantStandingTable,
} from './tenant-table.js';

const tenantId = idOf('ten', 1) as TenantId;
const why = { reason: 'r', nowMs: NOW_MS } as const;
const register = (trust: TrustLevel, boundaryGroup: string | null = null): TenantCommand => ({
  ...{ kind: 'register-tenant', tenantId, name: 'Ann', trust, boundaryGroup, nowMs: NOW_MS },
});
const become = (trust: TrustLevel): TenantCommand => ({ kind: 'change-trust', trust, ...why });
const move = (boundaryGroup: string | null): TenantCommand => ({
  ...{ kind: 'change-boundary', boundaryGroup, ...why },
});
const suspend = (evict: boolean): TenantCommand => ({ kind: 'suspend', evict, ...why });
const reinstate: TenantCommand = { kind: 'reinstate', ...why };

const waysInto: Readonly<Record<TenantStanding, readonly TenantCommand[][]>> = {
  absent: [[]],
  hostile: [[register('hostile')], [register('trusted', 'red'), become('hostile')]],
  standard: [[register('standard')], [register('trusted', 'red'), become('standard')]],
  trusted: [[register('trusted')], [register('trusted', 'red'), move(null)]],
  grouped: [[register('trusted', 'red')], [register('standard'), become('trusted'), move('red')]],
};
const waysOfActivity: Readonly<Record<TenantActivity, readonly TenantCommand[]>> = {
  active: [suspend(true), reinstate],
  suspended: [suspend(false)],
  evicted: [suspend(false), suspend(true)],
};

/** Every state that a tenant can be in, as far as it decides what may be done to it. */
const states = Object.values(waysInto).flatMap((ways) =>
  ways.flatMap((way) =>
    (way.length === 0 ? [[]] : Object.values(waysOfActivity)).map((further) =>
      [...way, ...further].reduce(
        (state, command) => stateAfter(command, state) as TenantState,
        tenantDecider.initialState,
      ),
    ),
  ),
);

/** The state after the command, or the code of its refusal. */
function stateAfter(command: TenantCommand, state: TenantState): TenantState | string {
  const decided = tenantDecider.decide(command, state);
  return decided.accepted ? fold(tenantDecider, decided.events, state) : decided.rejection.code;
}

const [E, N, B] = ['TENANT_EXISTS', 'TENANT_NOT_FOUND', 'BOUNDARY_NEEDS_TRUST'];
const standings = Object.keys(waysInto) as TenantStanding[];
/** A row for each act, a column for each standing as they stand above: where it leads, or its refusal. */
const expected: Readonly<Record<StandingAct, readonly (string | undefined)[]>> = {
  register: ['as-named', E, E, E, E],
  'become-hostile': [N, 'hostile', 'hostile', 'hostile', 'hostile'],
  'become-standard': [N, 'standard', 'standard', 'standard', 'standard'],
  'become-trusted': [N, 'trusted', 'trusted', 'trusted', 'grouped'],
  'join-group': [N, B, B, 'grouped', 'grouped'],
  'leave-group': [N, 'hostile', 'standard', 'trusted', 'trusted'],
};
const commands: Readonly<Record<StandingAct, readonly TenantCommand[]>> = {
  register: (['hostile', 'standard', 'trusted'] as const).map((trust) => register(trust)),
  'become-hostile': [become('hostile')],
  'become-standard': [become('standard')],
  'become-trusted': [become('trusted')],
  'join-group': [move('red'), move('blue')],
  'leave-group': [move(null)],
};

describe('what operators may make of a tenant, whatever it is', () => {
  it('is answered by the table of standings, and touches no suspension and no quota', () => {
    expect(new Set(states.map(tenantStandingOf))).toEqual(new Set(standings));
    for (const state of states) {
      const standing = tenantStandingOf(state);
      for (const act of Object.keys(expected) as StandingAct[]) {
        const answer = expected[act][standings.indexOf(standing)];
        expect(tenantStandingTable[act][standing], `${act}, ${standing}`).toBe(answer);
        for (const command of commands[act]) {
          const next = stateAfter(command, state);
          const told = typeof next === 'string' ? next : tenantStandingOf(next);
          const named = command.kind === 'register-tenant' ? command.trust : answer;
          expect(told, `${act}, ${standing}`).toBe(answer === 'as-named' ? named : answer);
          if (typeof next === 'string' || answer === 'as-named') continue;
          const { suspension, quota } = state;
          expect(next).toMatchObject({ suspension, quota });
        }
      }
    }
    expect(Object.keys(tenantStandingTable).sort()).toEqual(Object.keys(expected).sort());
  });

  it('puts it alone into its own boundary, unless it is trusted and in the group that was named', () => {
    for (const state of states) {
      for (const [group, command] of [
        ...Object.values(commands).flat(),
        register('trusted', 'red'),
      ].map((each) => ['boundaryGroup' in each ? each.boundaryGroup : undefined, each] as const)) {
        const next = stateAfter(command, state);
        if (typeof next === 'string') continue;
        const isGrouped = tenantStandingOf(next) === 'grouped';
        const named = group === undefined ? state.trustBoundary : `group:${group}`;
        expect(next.trustBoundary).toBe(isGrouped ? named : `own:${tenantId}`);
      }
    }
    expect(stateAfter(register('standard', 'red'), tenantDecider.initialState)).toBe(B);
  });

  it('is answered by the table of suspensions, and touches no trust and no boundary', () => {
    const rows: Readonly<Record<ActivityAct, readonly TenantActivity[]>> = {
      //                    active suspended evicted
      suspend: ['suspended', 'suspended', 'evicted'],
      'suspend-and-evict': ['evicted', 'evicted', 'evicted'],
      reinstate: ['active', 'active', 'active'],
    };
    const acts = { suspend: suspend(false), 'suspend-and-evict': suspend(true), reinstate };
    for (const state of states) {
      const activity = tenantActivityOf(state);
      for (const [act, row] of Object.entries(rows) as [ActivityAct, TenantActivity[]][]) {
        const to = row[Object.keys(waysOfActivity).indexOf(activity)];
        expect(tenantActivityTable[act][activity]).toBe(to);
        const next = stateAfter(acts[act], state);
        if (state.tenantId === null) expect(next).toBe(N);
        else {
          const { suspension: _suspension, ...rest } = state;
          expect(next).toMatchObject(rest);
          expect(tenantActivityOf(next as TenantState), `${act}, ${activity}`).toBe(to);
          expect(next === state, 'nothing is recorded that changes nothing').toBe(to === activity);
        }
      }
    }
  });

  it('gives it the quota that it is told, once', () => {
    const quota = { ...defaultQuota, workloads: 5 };
    for (const state of states) {
      const next = stateAfter({ kind: 'change-quota', quota, ...why }, state);
      expect(next).toEqual(state.tenantId === null ? N : { ...state, quota });
      if (typeof next === 'string') continue;
      expect(stateAfter({ kind: 'change-quota', quota, ...why }, next)).toBe(next);
    }
  });
});
