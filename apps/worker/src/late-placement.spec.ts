import { type HostId, policyDecider, policyVersion1 } from '@bulkhead/domain';
import { type Append, executeCommand, LogUnavailable, type WholeLog } from '@bulkhead/event-store';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REBOOT_LOOK_MS } from './place/reboots.js';
import { realClock } from './real-time.js';
import { hanging, Installation } from './worker-in-process.contract.js';

const HOST_CPU_MILLIS = 8_000;
/** More than half of what the host has, so that two of them do not fit. */
const MORE_THAN_HALF = { cpuMillis: 5_000, memoryMiB: 1_024 };

const holds = ({ streams }: Append, wanted: string) =>
  streams.some(({ events }) => events.some(({ type }) => type === wanted));

/**
 * A log whose placement is cut off on its way back: the placer hears of an error, and Postgres
 * records it all the same, just before the next placement that it gets.
 */
class LateLog {
  /** Whether the next placement is cut off. */
  isFailing = true;
  late: Append | null = null;
  lateCame: 'recorded' | 'refused' | null = null;
  cut: () => void = () => {};
  /** What the record of a finished drain waits for; null before there is one. */
  drain: (() => void) | null = null;
  /** How many placements Postgres refuses before it takes one. */
  refusals = 0;
  private readonly log = new InMemoryLog({ clock: realClock, newEventId: v7 });

  readonly asLog = new Proxy<WholeLog>(this.log, {
    get: (log, name) => {
      if (name === 'append') return (append: Append) => this.append(append);
      const value = Reflect.get(log, name);
      return typeof value === 'function' ? value.bind(log) : value;
    },
  });

  private async append(append: Append) {
    if (holds(append, 'HostDrained')) {
      await new Promise<void>((resolve) => {
        this.drain = resolve;
      });
    }
    if (this.refusals > 0 && holds(append, 'WorkloadPlaced')) {
      this.refusals -= 1;
      throw new LogUnavailable('disk-full');
    }
    if (this.isFailing && this.late === null && holds(append, 'WorkloadPlaced')) {
      this.late = append;
      await new Promise<void>((resolve) => {
        this.cut = resolve;
      });
      throw new Error('Connection terminated unexpectedly');
    }
    const isNext = this.lateCame === null && holds(append, 'WorkloadPlaced');
    if (this.late === null || !isNext) return this.log.append(append);
    this.lateCame = 'recorded';
    await this.log.append(this.late).catch(() => {
      this.lateCame = 'refused';
    });
    return this.log.append(append);
  }
}

let log: LateLog;
let installation: Installation;
beforeEach(() => {
  log = new LateLog();
  installation = new Installation(log.asLog);
});
afterEach(() => installation.stop());

function comes<T>(look: () => T | null): Promise<T> {
  const found = installation.until(
    async () => look(),
    (one) => one !== null,
  );
  return found as Promise<T>;
}

async function letEmptyHostsBoot(): Promise<void> {
  const policy = { ...policyVersion1, rebootEmptyAfterMs: 0 };
  const command = { kind: 'publish-policy', version: 2, policy, nowMs: realClock() } as const;
  await executeCommand({
    ...{ log: log.asLog, owner: null, stream: 'policy', decider: policyDecider, command },
    metadata: {
      actor: { kind: 'operator', id: 'test' },
      ...{ correlationId: 'test', causationPosition: null },
    },
  });
}

describe('a placement whose answer was lost', () => {
  it('is never recorded once its room may have been given to others', async () => {
    const [host] = (await installation.install()) as [HostId];
    const { fleet } = (await installation.startWorker()).follower;
    const tenant = await installation.tenant('standard');
    const large = { ...hanging, resources: MORE_THAN_HALF };
    await installation.submit(tenant, { ...large, priority: 1 });
    await comes(() => log.late);
    const urgent = await installation.submit(tenant, { ...large, priority: 99 });
    await installation.until(
      async () => fleet.workloads.get(urgent),
      (known) => known !== undefined,
    );
    log.cut();
    await installation.reaches(tenant, urgent, 'running');
    expect(log.lateCame).toBe('refused');
    expect(fleet.hosts.get(host)?.usedCpuMillis).toBeLessThanOrEqual(HOST_CPU_MILLIS);
  });

  it('keeps its host from a boot for somebody else until it can be recorded no more', async () => {
    log.isFailing = false;
    const [host, other] = (await installation.install(2)) as [HostId, HostId];
    await letEmptyHostsBoot();
    await installation.onHost(other, { kind: 'cordon', reason: 'test', nowMs: realClock() });
    await installation.startWorker();
    const owner = await installation.tenant('standard');
    const silo = { isolation: 'process', strict: true } as const;
    // From here on the kernel of the only open host is its.
    await installation.reaches(owner, await installation.submit(owner, silo), 'succeeded');
    log.isFailing = true;
    const late = await installation.submit(owner, { ...hanging, ...silo });
    await comes(() => log.late);
    const waiting = await installation.tenant('standard');
    const waits = await installation.submit(waiting, silo);
    await installation.reaches(waiting, waits, 'waiting');
    const drain = { kind: 'drain', reason: 'test', evictAtMs: null } as const;
    await installation.onHost(other, { ...drain, nowMs: realClock() });
    const drained = await comes(() => log.drain);
    // The placer hears of the error while it is about something else, and looks at empty hosts next.
    log.cut();
    await new Promise((resolve) => setTimeout(resolve, REBOOT_LOOK_MS));
    drained();
    await installation.reaches(owner, late, 'running');
    expect(log.lateCame).toBe('refused');
    const told = (await log.asLog.readStream(null, host)).map(({ event }) => event.type);
    expect(told).not.toContain('HostRebootRequested');
  });

  it('is not taken for one that Postgres refused, which begins no new term however often it is tried', async () => {
    log.isFailing = false;
    log.refusals = 3;
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    await installation.reaches(tenant, await installation.submit(tenant, hanging), 'running');
    expect(log.refusals).toBe(0);
    expect(await log.asLog.readStream(null, 'placer')).toHaveLength(1);
  });
});
