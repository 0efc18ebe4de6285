import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostSpec, idOf, NOW_MS, policy, request } from '../../../../../test/domain/builders.js';
import { unregisteredHost } from '../../host/state.js';
import type { TenantId, WorkloadId } from '../../ids.js';
import { noUse } from '../../tenant/quota.js';
import { absentWorkload, type WorkloadState } from '../../workload/state.js';
import { emptyFleet, type Fleet, hostOf, putHost } from '../fleet/fleet.js';
import { useOf } from '../fleet/tenant-use.js';
import { capacityOf, dominantShare } from './fair-share.js';
import { Turns } from './turns.js';
import { emptyWaitingRoom, enter, leave, type WaitingRoom } from './waiting-room.js';

const STEP_MS = policy.waitingOrder.priorityStepMs;
const SIZE = { cpuMillis: 1_000, memoryMiB: 1_024 };

interface Submitted {
  readonly tenant: number;
  readonly priority: number;
  /** In tenths of what a step of priority is worth. */
  readonly waitedTenths: number;
  readonly kind: number;
}

const submissions = fc.array(
  fc.record({
    tenant: fc.nat(3),
    priority: fc.nat(4),
    waitedTenths: fc.nat(40),
    kind: fc.nat(2),
  }),
  { minLength: 1, maxLength: 40 },
);
const weights = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 4, maxLength: 4 });
const tenantIds = [0, 1, 2, 3].map((number) => idOf('ten', number) as TenantId);

interface Kept {
  readonly workloadId: WorkloadId;
  readonly state: WorkloadState;
  readonly order: number;
}

const keptOf = (all: readonly Submitted[]): Kept[] =>
  all.map(({ tenant, priority, waitedTenths, kind }, at) => ({
    workloadId: idOf('wl', at) as WorkloadId,
    order: at + 1,
    state: {
      ...absentWorkload,
      tenantId: tenantIds[tenant] as TenantId,
      submittedAtMs: NOW_MS - (waitedTenths * STEP_MS) / 10,
      request: request({ priority, resources: { ...SIZE, memoryMiB: 1_024 + kind } }),
    },
  }));

function fleetWith(): Fleet {
  const fleet = emptyFleet();
  const spec = hostSpec(1);
  putHost(fleet, { ...hostOf(fleet, spec.hostId), state: { ...unregisteredHost, spec } });
  return fleet;
}

const policyWith = (tenantWeights: readonly number[]) => ({
  ...policy,
  waitingOrder: {
    priorityStepMs: STEP_MS,
    tenantWeights: Object.fromEntries(tenantWeights.map((weight, at) => [tenantIds[at], weight])),
  },
});

/** Who has a turn, one after the other; `isBlocked` says of each whether there is nothing for it. */
function turnsOf(
  fleet: Fleet,
  room: WaitingRoom,
  tenantWeights: readonly number[],
  isBlocked: (at: number) => boolean,
): WorkloadId[] {
  const turns = new Turns(fleet, room, policyWith(tenantWeights));
  const order: WorkloadId[] = [];
  for (let turn = turns.current(); turn !== null; turn = turns.current()) {
    const { waiting, line } = turn;
    order.push(waiting.workloadId);
    if (isBlocked(order.length)) {
      turns.blocked();
    } else {
      hold(fleet, line.tenantId);
      turns.served();
    }
  }
  return order;
}

function hold(fleet: Fleet, tenantId: TenantId): void {
  const use = fleet.use.get(tenantId) ?? noUse;
  const { cpuMillis, memoryMiB } = use;
  fleet.use.set(tenantId, {
    ...use,
    cpuMillis: cpuMillis + SIZE.cpuMillis,
    memoryMiB: memoryMiB + SIZE.memoryMiB,
  });
}

/** The rules as they read, asked of everybody each time. */
function slowly(
  fleet: Fleet,
  kept: readonly Kept[],
  tenantWeights: readonly number[],
  isBlocked: (at: number) => boolean,
): WorkloadId[] {
  const capacity = capacityOf(fleet, policy);
  const weightOf = (id: TenantId) => tenantWeights[tenantIds.indexOf(id)] as number;
  const shareOf = (id: TenantId) => dominantShare(useOf(fleet, id), capacity, weightOf(id));
  const tenantOf = ({ state }: Kept) => state.tenantId as TenantId;
  const kindOf = (one: Kept) =>
    `${tenantOf(one)} ${one.state.request?.priority} ${one.state.request?.resources.memoryMiB}`;
  const headStart = ({ state }: Kept) =>
    state.submittedAtMs - (state.request?.priority ?? 0) * STEP_MS;
  const order: WorkloadId[] = [];
  let left = [...kept];
  while (left.length > 0) {
    // Nobody overtakes an equal: of each kind only who came first is asked.
    const kinds = new Map<string, Kept>();
    for (const one of left) if (!kinds.has(kindOf(one))) kinds.set(kindOf(one), one);
    const firsts = new Map<TenantId, Kept>();
    const within = [...kinds.values()].sort(
      (a, b) => headStart(a) - headStart(b) || a.order - b.order,
    );
    for (const one of within) if (!firsts.has(tenantOf(one))) firsts.set(tenantOf(one), one);
    const [next] = [...firsts.values()].sort(
      (a, b) =>
        shareOf(tenantOf(a)) - shareOf(tenantOf(b)) ||
        a.state.submittedAtMs - b.state.submittedAtMs ||
        a.order - b.order,
    );
    if (next === undefined) break;
    order.push(next.workloadId);
    if (isBlocked(order.length)) {
      left = left.filter((one) => kindOf(one) !== kindOf(next));
    } else {
      left = left.filter((one) => one !== next);
      hold(fleet, tenantOf(next));
    }
  }
  return order;
}

describe('the order of turns', () => {
  const drawn = fc.record({
    all: submissions,
    weights,
    blocked: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
    gone: fc.array(fc.nat(39), { maxLength: 10 }),
    entering: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
  });

  it('is what the rules say, however the waiting room came to be what it is', () => {
    void fc.assert(
      fc.property(drawn, ({ all, weights: tenantWeights, blocked, gone, entering }) => {
        const kept = keptOf(all);
        const room = emptyWaitingRoom();
        const come = (one: Kept) => enter(room, one.workloadId, one.state, one.order);
        const shuffled = [...kept].sort(
          (a, b) => (entering[a.order - 1] ?? 0) - (entering[b.order - 1] ?? 0),
        );
        for (const one of shuffled) come(one);
        // Some leave, and half of them come back.
        const left = new Set<Kept>();
        for (const at of gone) {
          const one = kept[at % kept.length] as Kept;
          leave(room, one.workloadId);
          if (at % 2 === 0) come(one);
          if (at % 2 === 0) left.delete(one);
          else left.add(one);
        }
        const here = kept.filter((one) => !left.has(one));
        const isBlocked = (at: number) => blocked[at % blocked.length] as boolean;
        const answer = turnsOf(fleetWith(), room, tenantWeights, isBlocked);
        expect(answer).toEqual(slowly(fleetWith(), here, tenantWeights, isBlocked));
      }),
      { numRuns: 300 },
    );
  });

  it('lets nobody of a tenant be overtaken by who came later than its priority can make up for', () => {
    void fc.assert(
      fc.property(submissions, (all) => {
        const kept = keptOf([...all].sort((a, b) => b.waitedTenths - a.waitedTenths));
        const room = emptyWaitingRoom();
        for (const one of kept) enter(room, one.workloadId, one.state, one.order);
        const order = turnsOf(fleetWith(), room, [1, 1, 1, 1], () => false);
        for (const late of kept) {
          for (const early of kept) {
            if (late.state.tenantId !== early.state.tenantId) continue;
            const steps =
              (late.state.request?.priority ?? 0) - (early.state.request?.priority ?? 0);
            const laterByMs = late.state.submittedAtMs - early.state.submittedAtMs;
            if (laterByMs <= Math.max(0, steps) * STEP_MS) continue;
            expect(order.indexOf(early.workloadId)).toBeLessThan(order.indexOf(late.workloadId));
          }
        }
      }),
    );
  });
});
