import { describe, expect, it } from 'vitest';
import { hostSpec, idOf, NOW_MS, windows } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import type { KernelInstanceId } from '../ids.js';
import { shapeOf } from '../placement/unrunnable.js';
import { hostDecider } from './decide.js';
import { acceptsPlacements } from './state.js';

const nowMs = NOW_MS;
const register = { kind: 'register-host', spec: hostSpec(1), nowMs } as const;
const boot = (bootId: string) =>
  ({
    kind: 'report-boot',
    bootId,
    kernelInstanceId: idOf('ki', 1) as KernelInstanceId,
    osVersion: windows(20348),
    nowMs,
  }) as const;
const lost = { kind: 'report-lost', lastHeardAtMs: nowMs - 1, nowMs } as const;
const act = (kind: 'cordon' | 'uncordon' | 'release' | 'fence' | 'retire') =>
  ({ kind, reason: 'r', nowMs }) as const;

const hostAfter = (...commands: Parameters<typeof hostDecider.decide>[0][]) =>
  commands.reduce(
    (host, command) => given(hostDecider, host.when(command).history),
    given(hostDecider, []),
  );
const up = hostAfter(register, boot('a'));

describe('a host', () => {
  it('is registered once, and takes no work before its first boot', () => {
    hostAfter(register).when(register).thenRejected('HOST_EXISTS');
    expect(acceptsPlacements(hostAfter(register).state)).toBe(false);
    expect(acceptsPlacements(up.state)).toBe(true);
  });

  it('is unknown before it is registered', () => {
    for (const command of [boot('a'), lost, act('cordon'), act('fence')]) {
      given(hostDecider, []).when(command).thenRejected('HOST_NOT_FOUND');
    }
  });

  it('has one kernel for each boot, and reports of the same boot change nothing', () => {
    hostAfter(register)
      .when(boot('a'))
      .thenEvents(['HostBooted', { bootId: 'a' }]);
    up.when(boot('a')).thenNothing();
    up.when(boot('b')).thenEvents(['HostBooted', { bootId: 'b' }]);
  });

  it('takes no work while it is cordoned; cordoning twice is once', () => {
    up.when(act('uncordon')).thenNothing();
    const cordoned = hostAfter(register, boot('a'), act('cordon'));
    expect(acceptsPlacements(cordoned.state)).toBe(false);
    expect(cordoned.state.cordonReason).not.toBeNull();
    expect(cordoned.when(act('uncordon')).state.cordonReason).toBeNull();
    cordoned.when(act('cordon')).thenNothing();
    const other = { kind: 'cordon', reason: 'another reason', nowMs: NOW_MS } as const;
    expect(cordoned.when(other).state.cordonReason).toBe('another reason');
    expect(acceptsPlacements(cordoned.when(act('uncordon')).state)).toBe(true);
  });

  it('is drained once nothing holds a place there, and takes work again after an uncordon', () => {
    const drain = (evictAtMs: number | null) =>
      ({ kind: 'drain', reason: 'firmware', evictAtMs, nowMs }) as const;
    up.when(drain(null)).thenEvents(['HostDrainStarted', { reason: 'firmware', evictAtMs: null }]);
    const draining = hostAfter(register, boot('a'), drain(nowMs + 100));
    expect(acceptsPlacements(draining.state)).toBe(false);
    draining.when(drain(null)).thenNothing();
    draining.when(drain(nowMs + 100)).thenNothing();
    draining.when(drain(nowMs + 99)).thenEvents('HostDrainStarted');
    up.when({ kind: 'report-drained', nowMs }).thenNothing();
    const drained = hostAfter(register, boot('a'), drain(null), { kind: 'report-drained', nowMs });
    expect(drained.state.drain).toEqual({
      startedAtMs: nowMs,
      evictAtMs: null,
      drainedAtMs: nowMs,
      reason: 'firmware',
    });
    drained.when(drain(nowMs)).thenNothing();
    const open = drained.when(act('uncordon')).state;
    expect([acceptsPlacements(open), open.drain]).toEqual([true, null]);
  });

  it('is in quarantine until its release; a further one counts only where it stops what runs', () => {
    const quarantine = (stop: boolean) =>
      ({ kind: 'quarantine', reason: 'odd calls', stop, nowMs }) as const;
    up.when(act('release')).thenNothing();
    const held = hostAfter(register, boot('a'), quarantine(false), act('uncordon'));
    expect(acceptsPlacements(held.state)).toBe(false);
    held.when(quarantine(false)).thenNothing();
    held.when(quarantine(true)).thenEvents(['HostQuarantined', { stop: true }]);
    held.when(act('retire')).thenRejected('HOST_QUARANTINED');
    const rebooted = hostAfter(register, boot('a'), quarantine(true), lost, boot('b'));
    rebooted.when(quarantine(false)).thenNothing();
    expect(acceptsPlacements(rebooted.state)).toBe(false);
    const freed = rebooted.when(act('release'));
    freed.thenEvents(['HostReleasedFromQuarantine', { reason: 'r' }]);
    expect(acceptsPlacements(freed.state)).toBe(true);
  });

  it('leaves the fleet when it is empty, and whatever it still says changes nothing', () => {
    up.when(act('retire')).thenRejected('HOST_NOT_DRAINED');
    const drain = { kind: 'drain', reason: 'r', evictAtMs: null, nowMs } as const;
    const empty = [register, boot('a'), drain, { kind: 'report-drained', nowMs }] as const;
    const retired = hostAfter(...empty, act('retire'));
    expect([acceptsPlacements(retired.state), shapeOf(retired.state)]).toEqual([false, null]);
    for (const said of [boot('a'), boot('b'), lost, act('retire')])
      retired.when(said).thenNothing();
    retired.when(act('uncordon')).thenRejected('HOST_RETIRED');
  });

  it('stays cordoned through a boot and a loss', () => {
    const state = hostAfter(register, boot('a'), act('cordon'), lost, boot('b')).state;
    expect([state.condition, state.cordoned]).toEqual(['up', true]);
  });

  it('is lost once, and recovers with the boot that was known', () => {
    const gone = hostAfter(register, boot('a'), lost);
    expect(acceptsPlacements(gone.state)).toBe(false);
    gone.when(lost).thenNothing();
    gone.when(boot('a')).thenEvents(['HostRecovered', { bootId: 'a' }]);
    gone.when(boot('b')).thenEvents('HostBooted');
    hostAfter(register).when(lost).thenNothing();
  });

  it('is not taken for off by a statement about an earlier boot', () => {
    const again = hostAfter(register, boot('a'), lost, boot('b'));
    again.when({ ...act('fence'), bootId: 'a' }).thenRejected('HOST_BOOTED_AGAIN');
    again.when({ ...act('fence'), bootId: 'b' }).thenEvents('HostFenced');
    again.when(act('fence')).thenEvents('HostFenced');
    hostAfter(register)
      .when({ ...act('fence'), bootId: 'a' })
      .thenRejected('HOST_BOOTED_AGAIN');
    const fenced = hostAfter(register, boot('a'), act('fence'));
    fenced.when({ ...act('fence'), bootId: 'a' }).thenNothing();
  });

  it('stays fenced while it answers with its old boot, and is back with a new one', () => {
    const fenced = hostAfter(register, boot('a'), lost, act('fence'));
    fenced.when(act('fence')).thenNothing();
    fenced.when(boot('a')).thenNothing();
    fenced.when(lost).thenNothing();
    expect(acceptsPlacements(fenced.state)).toBe(false);
    expect(acceptsPlacements(fenced.when(boot('b')).state)).toBe(true);
  });
});
