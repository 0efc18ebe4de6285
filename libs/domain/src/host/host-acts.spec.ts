import { describe, expect, it } from 'vitest';
import { hostSpec, idOf, NOW_MS, windows } from '../../../../test/domain/builders.js';
import type { KernelInstanceId } from '../ids.js';
import { mayReboot } from '../placement/round/reboots.js';
import { type HostCommand, hostDecider } from './decide.js';
import { type HostAct, hostActTable } from './host-acts.js';
import {
  acceptsPlacements,
  evictsBecause,
  type HostCondition,
  type HostState,
  keepsEvidence,
  unregisteredHost,
} from './state.js';

const nowMs = NOW_MS;
const conditions: readonly HostCondition[] = ['registered', 'up', 'lost', 'fenced', 'retired'];
const drains: readonly HostState['drain'][] = [
  null,
  { startedAtMs: 1, evictAtMs: null, drainedAtMs: null, reason: 'test' },
  { startedAtMs: 1, evictAtMs: nowMs + 50, drainedAtMs: null, reason: 'test' },
  { startedAtMs: 1, evictAtMs: 2, drainedAtMs: 3, reason: 'test' },
];
const quarantines: readonly HostState['quarantine'][] = [
  null,
  { sinceMs: 1, stop: false, reason: 'test' },
  { sinceMs: 1, stop: true, reason: 'test' },
];
const boot = {
  bootId: 'a',
  kernelInstanceId: idOf('ki', 1) as KernelInstanceId,
  osVersion: windows(20348),
  bootedAtMs: 1,
};

const reboot = { bootId: 'a', trustBoundary: 'group:red', requestedAtMs: 1 } as const;

/** Every state in which a registered host can be. */
const states: readonly HostState[] = conditions.flatMap((condition) =>
  [true, false].flatMap((cordoned) =>
    drains.flatMap((drain) =>
      quarantines.flatMap((quarantine) =>
        [null, boot].flatMap((booted) =>
          [undefined, reboot].map((asked) => ({
            ...{ spec: hostSpec(1), condition, cordoned, drain, quarantine },
            conditionReason: null,
            cordonReason: cordoned ? 'test' : null,
            ...{ boot: booted, registeredAtMs: 1, reboot: asked },
          })),
        ),
      ),
    ),
  ),
);
const acts = Object.keys(hostActTable) as HostAct[];
const command = (kind: HostAct): HostCommand => {
  if (kind === 'report-drained') return { kind, nowMs };
  if (kind === 'request-reboot') return { kind, trustBoundary: 'group:red', nowMs };
  if (kind === 'quarantine') return { kind, reason: 'r', stop: true, nowMs };
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

describe('what is heard of a host, in every state that it can be in', () => {
  /** A row for each report, a column for each condition as they stand above; a dash changes nothing. */
  const expected = {
    a: ['-', '-', 'HostRecovered', '-', '-'],
    b: ['HostBooted', 'HostBooted', 'HostBooted', 'HostBooted', '-'],
    silence: ['-', 'HostLost', '-', '-', '-'],
  };

  it('changes it as the table says, however it is cordoned, drained or in quarantine', () => {
    const { kernelInstanceId, osVersion } = boot;
    for (const state of states) {
      for (const [heard, row] of Object.entries(expected)) {
        const report: HostCommand =
          heard === 'silence'
            ? { kind: 'report-lost', lastHeardAtMs: 1, nowMs }
            : { kind: 'report-boot', bootId: heard, kernelInstanceId, osVersion, nowMs };
        const decided = hostDecider.decide(report, state);
        const [event] = decided.accepted ? decided.events : [];
        // A host that has not booted knows no boot.
        const of = heard === 'a' && state.boot === null ? expected.b : row;
        expect(event?.type ?? '-', heard).toBe(of[conditions.indexOf(state.condition)]);
      }
    }
  });

  it('is nothing before its registration, which happens once', () => {
    for (const kind of acts) {
      const decided = hostDecider.decide(command(kind), unregisteredHost);
      expect(decided).toMatchObject({ accepted: false, rejection: { code: 'HOST_NOT_FOUND' } });
    }
    const register = { kind: 'register-host', spec: hostSpec(1), nowMs } as const;
    for (const state of states) {
      const decided = hostDecider.decide(register, state);
      expect(decided).toMatchObject({ accepted: false, rejection: { code: 'HOST_EXISTS' } });
    }
  });
});

describe('what operators may do to a host, in every state that it can be in', () => {
  it('is refused for a retired host, which nothing changes any more', () => {
    for (const { kind, state } of each) {
      if (state.condition !== 'retired') continue;
      const isRepeated = ['retire', 'report-drained', 'request-reboot'].includes(kind);
      expect(outcomeOf(kind, state), kind).toEqual(isRepeated ? state : 'HOST_RETIRED');
    }
  });

  it('lets a host go only when it was drained, or never ran anything', () => {
    for (const state of states) {
      const isEmpty = state.boot === null || (state.drain?.drainedAtMs ?? null) !== null;
      if (state.condition === 'retired') continue;
      const retired = { ...state, condition: 'retired', conditionReason: 'r' };
      const gone = isEmpty ? retired : 'HOST_NOT_DRAINED';
      const expected = state.quarantine === null ? gone : 'HOST_QUARANTINED';
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

  it('opens a host by an uncordon after cordon and drain, and by a release after a quarantine', () => {
    for (const { kind, state } of each) {
      const next = outcomeOf(kind, state);
      if (typeof next === 'string' || !acceptsPlacements(next)) continue;
      const opens = state.quarantine === null ? 'uncordon' : 'release';
      expect(kind === opens || acceptsPlacements(state), kind).toBe(true);
    }
    const open = states.filter((state) => acceptsPlacements(state));
    expect(open).toHaveLength(1);
    for (const state of states) {
      if (state.condition !== 'up' || state.boot === null || state.quarantine !== null) continue;
      if (state.reboot !== undefined) continue;
      expect(acceptsPlacements(outcomeOf('uncordon', state) as HostState)).toBe(true);
    }
  });

  it('boots an open host anew when that is asked, and takes nothing new until it has', () => {
    for (const state of states) {
      const next = outcomeOf('request-reboot', state) as HostState;
      expect(next === state).toBe(!acceptsPlacements(state));
      if (next === state) continue;
      expect(next.reboot).toMatchObject({ bootId: 'a', trustBoundary: 'group:red' });
      expect([acceptsPlacements(next), mayReboot(next)]).toEqual([false, true]);
      const { kernelInstanceId, osVersion } = boot;
      const report = { kind: 'report-boot', kernelInstanceId, osVersion, nowMs } as const;
      const heard = (bootId: string) => {
        const decided = hostDecider.decide({ ...report, bootId }, next);
        return (decided.accepted ? decided.events : []).reduce(hostDecider.evolve, next);
      };
      expect(heard('a')).toBe(next);
      expect([acceptsPlacements(heard('b')), mayReboot(heard('b'))]).toEqual([true, false]);
    }
  });

  it('does not boot anew while it does not answer, in quarantine, or once it has booted', () => {
    for (const state of states) {
      const asked = state.reboot !== undefined && state.boot !== null;
      const expected = asked && state.condition === 'up' && state.quarantine === null;
      expect(mayReboot(state)).toBe(expected);
      expect(mayReboot({ ...state, reboot: { ...reboot, bootId: 'before' } })).toBe(false);
    }
  });

  it('keeps evidence in quarantine until the host is released or declared off', () => {
    for (const { kind, state } of each) {
      const next = outcomeOf(kind, state);
      if (typeof next === 'string' || !keepsEvidence(state)) continue;
      expect(keepsEvidence(next), kind).toBe(kind !== 'release' && kind !== 'fence');
    }
  });

  it('evicts at once where a quarantine says so', () => {
    for (const state of states) {
      const evicts = evictsBecause(state, 0) === 'quarantine';
      expect(evicts).toBe(state.quarantine?.stop === true);
    }
  });

  it('evicts for a drain from the time that was asked for, until it is empty', () => {
    for (const state of states) {
      if (state.quarantine?.stop) continue;
      const at = state.drain?.drainedAtMs === null ? state.drain.evictAtMs : null;
      expect(evictsBecause(state, (at ?? nowMs) - 1)).toBeNull();
      expect(evictsBecause(state, at ?? nowMs)).toBe(at === null ? null : 'drain');
    }
  });
});
