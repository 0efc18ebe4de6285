import type { DomainEvent, RecordedEvent, StreamId, TenantId } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { type Following, followLog } from './follow-log.js';
import { spreadOf } from './percentiles.js';
import { RunRecord } from './run-record.js';

const OURS = 'ten_a' as TenantId;
const OTHERS = 'ten_b' as TenantId;
let position = 0;

/** An event as the log would hold it; only what a record reads is filled in. */
function recorded(stream: string, type: string, atMs: number, payload = {}, tenant = OURS) {
  position += 1;
  return {
    position,
    stream: stream as StreamId,
    tenant,
    recordedAtMs: atMs,
    event: { type, schemaVersion: 1, occurredAtMs: atMs, payload } as unknown as DomainEvent,
  } as RecordedEvent;
}

const decision = (isolation: string, ...rules: string[]) => ({
  decision: { isolation, reasons: rules.map((rule) => ({ rule })) },
});

function life(stream: string, isolation: 'process' | 'hyperv', fromMs: number, ...rules: string[]) {
  return [
    recorded(stream, 'WorkloadSubmitted', fromMs),
    recorded(stream, 'IsolationDecided', fromMs, decision('process')),
    recorded(stream, 'IsolationDecided', fromMs, decision(isolation, ...rules)),
    recorded(stream, 'WorkloadPlaced', fromMs + 10, { isolation }),
    recorded(stream, 'StartAuthorized', fromMs + 12),
    ...(isolation === 'hyperv'
      ? [recorded(stream, 'UtilityVmBooted', fromMs + 20, { path: 'cold' })]
      : []),
    recorded(stream, 'ComputeSystemStarted', fromMs + 42),
    recorded(stream, 'ComputeSystemExited', fromMs + 60),
    recorded(stream, 'ComputeSystemReleased', fromMs + 70),
    recorded(stream, 'WorkloadSucceeded', fromMs + 70),
  ];
}

describe('what an import went through', () => {
  it('is counted by outcome, by the last decision and by its reasons', () => {
    const record = new RunRecord(new Set([OURS]));
    const rejected = [
      recorded('wl_3', 'WorkloadSubmitted', 0),
      recorded('wl_3', 'WorkloadRejected', 0),
    ];
    const events = [
      ...life('wl_1', 'process', 0),
      ...life('wl_2', 'hyperv', 5, 'tenant-hostile', 'requested'),
      ...rejected,
    ];
    for (const event of events) record.see(event);
    expect(Object.fromEntries(record.outcomes)).toEqual({ succeeded: 2, rejected: 1 });
    expect(Object.fromEntries(record.isolations)).toEqual({ process: 1, hyperv: 1 });
    expect(Object.fromEntries(record.rules)).toEqual({ 'tenant-hostile': 1, requested: 1 });
    expect(record).toMatchObject({ submitted: 3, finished: 3, running: 0, events: events.length });
  });

  it('has start times from placement and from authorisation, for each path', () => {
    const record = new RunRecord(new Set([OURS]));
    for (const event of [...life('wl_1', 'process', 0), ...life('wl_2', 'hyperv', 0)]) {
      record.see(event);
    }
    const times = { count: 1, p50: 32, p95: 32, p99: 32, max: 32 };
    expect(record.startTimes()).toEqual([
      {
        path: 'hyperv-cold',
        sincePlacedMs: times,
        sinceAuthorizedMs: { ...times, p50: 30, p95: 30, p99: 30, max: 30 },
      },
      {
        path: 'process',
        sincePlacedMs: times,
        sinceAuthorizedMs: { ...times, p50: 30, p95: 30, p99: 30, max: 30 },
      },
    ]);
  });

  it('leaves out what other tenants and the platform do meanwhile', () => {
    const record = new RunRecord(new Set([OURS]));
    record.see(recorded('wl_9', 'WorkloadSubmitted', 0, {}, OTHERS));
    record.see(recorded('wl_9', 'WorkloadSucceeded', 0, {}, OTHERS));
    record.see({ ...recorded('host_1', 'HostBooted', 0), tenant: null });
    expect(record).toMatchObject({ submitted: 0, finished: 0, events: 0 });
  });

  it('shows what runs at the moment', () => {
    const record = new RunRecord(new Set([OURS]));
    for (const event of life('wl_1', 'hyperv', 0).slice(0, 7)) record.see(event);
    expect(record.running).toBe(1);
  });
});

describe('following the log', () => {
  const following = (
    record: RunRecord,
    pages: RecordedEvent[][],
    some: Partial<Following> = {},
  ) => {
    let now = 0;
    return {
      readPage: async () => ({ events: pages.shift() ?? [], isEnd: pages.length === 0 }),
      record,
      expected: () => 1,
      isOver: () => false,
      stallMs: 1_000,
      pollMs: 100,
      nowMs: () => now,
      sleep: async (ms: number) => {
        now += ms;
      },
      progress: () => undefined,
      ...some,
    };
  };
  const collect = async (events: AsyncIterable<RecordedEvent>) => {
    const positions: number[] = [];
    for await (const event of events) positions.push(event.position);
    return positions;
  };

  it('hands on every event once and ends with the last workload', async () => {
    const events = life('wl_1', 'process', 0);
    const record = new RunRecord(new Set([OURS]));
    const followed = { position: 0, stalled: null };
    const pages = [events.slice(0, 4), events.slice(4)];
    const positions = await collect(followLog(following(record, pages), followed));
    expect(positions).toEqual(events.map((event) => event.position));
    expect(followed).toEqual({ position: positions.at(-1), stalled: null });
  });

  it('gives up with a sentence when nothing happens any more', async () => {
    const record = new RunRecord(new Set([OURS]));
    const followed = { position: 0, stalled: null };
    await collect(followLog(following(record, [life('wl_1', 'process', 0).slice(0, 7)]), followed));
    expect(followed.stalled).toMatch(
      /Nothing happened for 1 s, and 1 workload has not ended \(of 1; 1 running\)/,
    );
  });

  it('does not call it a stall while jobs are still being submitted', async () => {
    const record = new RunRecord(new Set([OURS]));
    const followed = { position: 0, stalled: null };
    let polls = 0;
    const sources = following(record, [], { expected: () => null, isOver: () => ++polls > 50 });
    await collect(followLog(sources, followed));
    expect(followed.stalled).toBeNull();
  });
});

describe('percentiles', () => {
  it('are times that occurred', () => {
    const times = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(spreadOf(times)).toEqual({ count: 200, p50: 100, p95: 190, p99: 198, max: 200 });
    expect(spreadOf([])).toBeNull();
  });
});
