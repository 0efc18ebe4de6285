import { describe, expect, it } from 'vitest';
import { hostSpec, idOf, NOW_MS, windows } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { BrokenInvariant } from '../decider.js';
import type { KernelInstanceId } from '../ids.js';
import { kernelDecider } from './decide.js';

const nowMs = NOW_MS;
const start = {
  kind: 'start-kernel',
  kernel: {
    kernelInstanceId: idOf('ki', 1) as KernelInstanceId,
    kind: 'host',
    hostId: hostSpec(1).hostId,
    computeSystemId: null,
    kernelVersion: windows(20348),
    hostVersion: windows(20348),
  },
  nowMs,
} as const;
const claim = (trustBoundary: 'group:red' | 'group:blue') =>
  ({ kind: 'claim-kernel', trustBoundary, nowMs }) as const;
const end = { kind: 'end-kernel', cause: 'rebooted', nowMs } as const;

describe('a kernel instance', () => {
  const started = given(kernelDecider, given(kernelDecider, []).when(start).history);
  const claimed = given(kernelDecider, started.when(claim('group:red')).history);

  it('starts once', () => {
    given(kernelDecider, []).when(start).thenEvents('KernelStarted');
    started.when(start).thenNothing();
  });

  it('belongs to the first boundary that claims it, until its end', () => {
    started.when(claim('group:red')).thenEvents(['KernelClaimed', { trustBoundary: 'group:red' }]);
    claimed.when(claim('group:red')).thenNothing();
    expect(() => claimed.when(claim('group:blue'))).toThrow(BrokenInvariant);
  });

  it('cannot be claimed before its start or after its end', () => {
    expect(() => given(kernelDecider, []).when(claim('group:red'))).toThrow(BrokenInvariant);
    const ended = given(kernelDecider, started.when(end).history);
    expect(() => ended.when(claim('group:red'))).toThrow(BrokenInvariant);
  });

  it('ends once, and only when it has started', () => {
    claimed.when(end).thenEvents(['KernelEnded', { cause: 'rebooted' }]);
    given(kernelDecider, claimed.when(end).history).when(end).thenNothing();
    given(kernelDecider, []).when(end).thenNothing();
  });
});
