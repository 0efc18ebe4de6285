import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { eventLines, type ShownEvent } from './event-lines.js';

const plain = pc.createColors(false);
const startMs = Date.parse('2026-11-21T10:42:00.000Z');
const at = (ms: number) => new Date(startMs + ms).toISOString();
const shown = (id: number, type: string, ms: number, payload: object): ShownEvent => ({
  id,
  type,
  occurredAt: at(ms),
  recordedAt: at(ms),
  payload: payload as ShownEvent['payload'],
});
const EVENTS = [
  shown(1, 'WorkloadSubmitted', 0, { workloadId: 'wl_1', request: { image: 'example/app:1' } }),
  shown(2, 'IsolationDecided', 3, {
    attempt: 1,
    hostId: 'host_7',
    decision: { isolation: 'hyperv', reasons: [{ rule: 'tenant-hostile' }, { rule: 'requested' }] },
  }),
  shown(3, 'WorkloadPlaced', 3, {
    attempt: 1,
    hostId: 'host_7',
    kernelInstanceId: 'kernel_1',
    computeSystemId: 'cs_1',
    isolation: 'hyperv',
    trustBoundary: 'own:ten_1',
    reserved: { cpuMillis: 1, memoryMiB: 1 },
  }),
  shown(4, 'UtilityVmBooted', 120, {
    attempt: 1,
    computeSystemId: 'cs_1',
    startedAtMs: startMs + 20,
    path: 'cold',
  }),
  shown(5, 'WorkloadRetryScheduled', 1_200, { attempt: 2, notBeforeMs: startMs + 5_000 }),
];

describe('the events of a workload, for a person', () => {
  it('tell what was decided, by which rules, where, and after how long', () => {
    expect(eventLines(EVENTS, plain)).toEqual([
      'recorded from 2026-11-21T10:42:00.000Z on',
      '1     +0 ms  WorkloadSubmitted       image=example/app:1',
      '2     +3 ms  IsolationDecided        attempt=1 isolation=hyperv rules=tenant-hostile,requested host=host_7',
      '3     +3 ms  WorkloadPlaced          attempt=1 isolation=hyperv host=host_7',
      '4   +120 ms  UtilityVmBooted         attempt=1 tookMs=100 path=cold',
      '5  +1200 ms  WorkloadRetryScheduled  attempt=2 notBefore=2026-11-21T10:42:05.000Z',
    ]);
  });

  it('say so when no rule asked for anything, and name no host before there is one', () => {
    const decision = { isolation: 'process', reasons: [] };
    const [, line] = eventLines(
      [shown(1, 'IsolationDecided', 0, { attempt: 0, hostId: null, decision })],
      plain,
    );
    expect(line).toBe('1  +0 ms  IsolationDecided  attempt=0 isolation=process rules=none');
  });

  it('stay within the width of the terminal, colours aside', () => {
    const lines = eventLines(EVENTS, plain, 60).slice(1);
    expect(Math.max(...lines.map((line) => line.length))).toBe(60);
    expect(lines[1]).toMatch(/isolation=.*…$/);
  });
});
