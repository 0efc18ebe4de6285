import type { HostId, RecordedEvent, TenantId, WorkloadId } from '@bulkhead/domain';
import type { Append } from '@bulkhead/event-store';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AssembledWorker } from './assemble-worker.js';
import { hostLeaseName } from './leases/fences.js';
import type { LeaseTable } from './leases/lease-keeper.js';
import { realClock, realTimers } from './real-time.js';
import { sleep } from './timers.js';
import { hanging, Installation } from './worker-in-process.contract.js';

const HOST_LEASE_MS = 1_500;
/** Longer than from one renewal of it to the next, so that a silence can begin and be shorter than this. */
const LOST_AFTER_MS = 1_000;
const times = { lostAfterMs: LOST_AFTER_MS, leaseMarginMs: 50 };
/** Starts that were lost are soon found. */
const watchful = { reconcileEveryMs: 50, reissueAfterMs: 100 };

/** A log that lets the first word of a lost compute system wait. */
class SlowLog extends InMemoryLog {
  /** Lets it come; null before it has been said. */
  letCome: (() => void) | null = null;

  override async append(append: Append) {
    const types = append.streams.flatMap(({ events }) => events.map(({ type }) => type));
    if (types.includes('ComputeSystemLost') && this.letCome === null) {
      await new Promise<void>((resolve) => {
        this.letCome = resolve;
      });
    }
    return super.append(append);
  }
}

/** A worker whose way to the table of leases a test opens and closes. */
interface Keeper {
  readonly worker: AssembledWorker;
  /** `open`, or it is told that others hold everything, or it is told nothing. */
  way: 'open' | 'refused' | 'cut';
}

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});
afterEach(async () => {
  await installation.stop();
});

async function keeper(owner: string, ttlMs = 3_000): Promise<Keeper> {
  const table = installation.leases.of(owner);
  const kept = { way: 'open' as Keeper['way'] };
  const acquireMany: LeaseTable['acquireMany'] = async (names) => {
    if (kept.way === 'cut') throw new Error('no way to the leases');
    return kept.way === 'refused' ? [] : table.acquireMany(names);
  };
  const leases = { ...table, ttlMs, acquireMany };
  installation.sources = { leases, hostLeaseTtlMs: HOST_LEASE_MS };
  const worker = await installation.startWorker({ ...times, ...watchful }, owner);
  return Object.assign(kept, { worker });
}

/** The one loses the host, and the other has it at once. */
async function takeOver(host: HostId, from: Keeper, to: Keeper): Promise<number> {
  from.way = 'refused';
  to.way = 'open';
  installation.leases.takeAway(hostLeaseName(host));
  await from.worker.leases.renew();
  await to.worker.leases.renew();
  expect(to.worker.leases.epochOf(hostLeaseName(host))).not.toBeNull();
  return realClock();
}

async function running(): Promise<[TenantId, WorkloadId]> {
  const tenant = await installation.tenant('standard');
  const workload = await installation.submit(tenant, hanging);
  await installation.reaches(tenant, workload, 'running');
  return [tenant, workload];
}

const pass = (ms: number) => sleep(realTimers, ms, new AbortController().signal);
const said = (history: readonly RecordedEvent[], type: string) =>
  history.find(({ event }) => event.type === type);
const comes = async (read: () => Promise<readonly RecordedEvent[]>, type: string) =>
  said(await installation.until(read, (history) => said(history, type) !== undefined), type);
const ofHost = (host: HostId) => () => installation.log.readStream(null, host);

describe('a worker that takes over a host which it cannot reach', () => {
  it('declares nothing lost before the lease has ended that the worker before it renewed', async () => {
    const [host = 'host_'] = await installation.install();
    const first = await keeper('first');
    const second = await keeper('second');
    const [tenant, workload] = await running();
    expect(first.worker.leases.epochOf(hostLeaseName(host))).not.toBeNull();
    await pass(HOST_LEASE_MS + 2 * times.leaseMarginMs);
    installation.silent = true;
    await takeOver(host, first, second);
    const history = () => installation.history(tenant, workload);
    const lost = await comes(history, 'ComputeSystemLost');
    const [ended] = installation.ran(workload, 'exit');
    expect(ended?.exitType).toBe('LeaseExpired');
    expect(lost?.recordedAtMs).toBeGreaterThanOrEqual(ended?.atMs ?? Number.POSITIVE_INFINITY);
  });

  it('counts its silence from the takeover, and not from what it saw when it held the host before', async () => {
    const [host = 'host_'] = await installation.install();
    const first = await keeper('first');
    const second = await keeper('second');
    await running();
    installation.silent = true;
    await pass((HOST_LEASE_MS + LOST_AFTER_MS) / 3);
    await takeOver(host, first, second);
    installation.silent = false;
    await pass(LOST_AFTER_MS);
    installation.silent = true;
    const takenAtMs = await takeOver(host, second, first);
    const lost = await comes(ofHost(host), 'HostLost');
    expect(lost?.recordedAtMs).toBeGreaterThanOrEqual(takenAtMs + LOST_AFTER_MS);
  });
});

describe('a worker that lost a host while it said what it had lost there', () => {
  it('says so no more of what the next one has started', async () => {
    const log = new SlowLog({ clock: realClock, newEventId: v7 });
    installation = new Installation(log);
    const [host = 'host_'] = await installation.install();
    const first = await keeper('first');
    const second = await keeper('second');
    await comes(ofHost(host), 'HostBooted');
    installation.queue.lost = ['start-workload'];
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    const history = () => installation.history(tenant, workload);
    await comes(history, 'WorkloadPlaced');
    installation.silent = true;
    const letCome = await installation.until(
      async () => log.letCome,
      (said) => said !== null,
    );
    await takeOver(host, first, second);
    installation.queue.lost = [];
    installation.silent = false;
    await installation.reaches(tenant, workload, 'running');
    letCome?.();
    await pass(500);
    expect(said(await history(), 'ComputeSystemLost')).toBeUndefined();
    expect(installation.ran(workload, 'start')).toHaveLength(1);
  });
});

describe('a worker that is cut off from the leases', () => {
  it('lets what its host runs come to an end, because another one may count on that', async () => {
    await installation.install();
    const alone = await keeper('alone', 1_700);
    const [, workload] = await running();
    alone.way = 'cut';
    const exits = async () => installation.ran(workload, 'exit');
    const [ended] = await installation.until(exits, (seen) => seen.length > 0);
    expect(ended?.exitType).toBe('LeaseExpired');
  });
});
