import { describe, expect, it } from 'vitest';
import { hostSpec, idOf, NOW_MS, windows } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { expectTable } from '../../../../test/domain/state-table.js';
import { BrokenInvariant } from '../decider.js';
import type { KernelInstanceId } from '../ids.js';
import { type KernelCommand, kernelDecider } from './decide.js';
import { kernelPhaseOf, kernelTable } from './kernel-table.js';

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

describe('what may be said of a kernel instance, wherever it is in its life', () => {
  it('is answered by the table, and never gives it to a second boundary', () => {
    const red = claim('group:red');
    const waysInto = {
      absent: [[]],
      free: [[start], [start, start]],
      claimed: [[start, red]],
      ended: [[start, end]],
      'ended-claimed': [[start, red, end]],
    } satisfies Record<string, KernelCommand[][]>;
    const I = 'impossible';
    expectTable({
      ...{ decider: kernelDecider, phaseOf: kernelPhaseOf, table: kernelTable, waysInto },
      commandsFor: ({ trustBoundary }) => ({
        'start-kernel': start,
        'claim-kernel': claim('group:blue'),
        'claim-again': trustBoundary === null ? null : red,
        'end-kernel': end,
      }),
      expected: {
        //              absent free claimed ended ended-claimed
        'start-kernel': ['>free', '-', '-', '-', '-'],
        'claim-kernel': [I, '>claimed', I, I, I],
        'claim-again': [I, I, '-', I, '-'],
        'end-kernel': ['-', '>ended', '>ended-claimed', '-', '-'],
      },
    });
  });
});
