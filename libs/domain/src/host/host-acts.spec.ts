import { describe, expect, it } from 'vitest';
import { hostSpec, idOf, NOW_MS, windows } from '../../../../test/domain/builders.js';
import type { KernelInstanceId } from '../ids.js';
import { type HostCommand, hostDecider } from './decide.js';
import { type HostAct, hostActTable } from './host-acts.js';
import { acceptsPlacements, evictsBecause, type HostCondition, type HostState } from './state.js';

const nowMs = NOW_MS;
const conditions: readonly HostCondition[] = ['registered', 'up', 'lost', 'fenced', 'retired'];
const drains: readonly HostState['drain'][] = [
  null,
  { startedAtMs: 1, evictAtMs: null, drainedAtMs: null },
  { startedAtMs: 1, evictAtMs: nowMs + 50, drainedAtMs: null },
  { startedAtMs: 1, evictAtMs: 2, drainedAtMs: 3 },
];
const boot = {
  bootId: 'a',
  kernelInstanceId: idOf('ki', 1) as KernelInstanceId,
  osVersion: windows(20348),
  bootedAtMs: 1,
};

/** Every state in which a registered host can be. */
const states: readonly HostState[] = conditions.flatMap((condition) =>
  [true, false].flatMap((cordoned) =>
    drains.flatMap((drain) =>
      [null, boot].map((booted) => ({
        ...{ spec: hostSpec(1), condition, cordoned, drain },
        ...{ boot: booted, registeredAtMs: 1 },
      })),
    ),
  ),
);
const acts = Object.keys(hostActTable) as HostAct[];
const command = (kind: HostAct): HostCommand => {
  if (kind === 'report-drained') return { kind, nowMs };
  return kind === 'drain'
    ? { kind, reason: 'r', evictAtMs: nowMs, nowMs }
    : { kind, reason: 'r', nowMs };
};

/** What the act makes of the state: its refusal, or the state after it. */
function outcomeOf(kind: HostAct, state: HostState): string | HostState {
  const decided = hostDecider.decide(command(kind), state);
  if (!decided.accepted) return decided.rejection.code;
  return decided.events.reduce(hostDecider.evolve, state);
}

const each = acts.flatMap((kind) => states.map((state) => ({ kind, state })));

describe('what operators may do to a host, in every state that it can be in', () => {
  it('is refused for a retired host, which nothing changes any more', () => {
    for (const { kind, state } of each) {
      if (state.condition !== 'retired') continue;
      const isRepeated = kind === 'retire' || kind === 'report-drained';
      expect(outcomeOf(kind, state), kind).toEqual(isRepeated ? state : 'HOST_RETIRED');
    }
  });

  it('lets a host go only when it was drained, or never ran anything', () => {
    for (const state of states) {
      const isEmpty = state.boot === null || (state.drain?.drainedAtMs ?? null) !== null;
      const { condition } = state;
      const allowed = isEmpty || condition === 'retired';
      const expected = allowed ? { ...state, condition: 'retired' } : 'HOST_NOT_DRAINED';
      expect(outcomeOf('retire', state)).toEqual(expected);
    }
  });

  it('may be repeated: the second time changes nothing', () => {
    for (const { kind, state } of each) {
      const once = outcomeOf(kind, state);
      if (typeof once === 'string') continue;
      expect(hostDecider.decide(command(kind), once)).toEqual({ accepted: true, events: [] });
    }
  });

  it('opens a host by uncordoning it alone, whatever had closed it', () => {
    for (const { kind, state } of each) {
      const next = outcomeOf(kind, state);
      if (typeof next === 'string' || !acceptsPlacements(next)) continue;
      expect(kind === 'uncordon' || acceptsPlacements(state), kind).toBe(true);
    }
    const open = states.filter((state) => acceptsPlacements(state));
    expect(open).toHaveLength(1);
    for (const state of states) {
      if (state.condition !== 'up' || state.boot === null) continue;
      expect(acceptsPlacements(outcomeOf('uncordon', state) as HostState)).toBe(true);
    }
  });

  it('evicts from a drain only: from the time that was asked for, until it is empty', () => {
    for (const state of states) {
      const at = state.drain?.drainedAtMs === null ? state.drain.evictAtMs : null;
      expect(evictsBecause(state, (at ?? nowMs) - 1)).toBeNull();
      expect(evictsBecause(state, at ?? nowMs)).toBe(at === null ? null : 'drain');
    }
  });
});
