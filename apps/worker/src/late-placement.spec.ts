import type { HostId } from '@bulkhead/domain';
import type { Append, WholeLog } from '@bulkhead/event-store';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from './real-time.js';
import { hanging, Installation } from './worker-in-process.contract.js';

const HOST_CPU_MILLIS = 8_000;
/** More than half of what the host has, so that two of them do not fit. */
const MORE_THAN_HALF = { cpuMillis: 5_000, memoryMiB: 1_024 };

const places = ({ streams }: Append) =>
  streams.some(({ events }) => events.some(({ type }) => type === 'WorkloadPlaced'));

/**
 * A log whose first placement is cut off on its way back: the placer hears of an error, and Postgres
 * records it all the same, just before the next placement that it gets.
 */
class LateLog {
  late: Append | null = null;
  lateCame: 'recorded' | 'refused' | null = null;
  cut: () => void = () => {};
  private readonly log = new InMemoryLog({ clock: realClock, newEventId: v7 });

  readonly asLog = new Proxy<WholeLog>(this.log, {
    get: (log, name) => {
      if (name === 'append') return (append: Append) => this.append(append);
      const value = Reflect.get(log, name);
      return typeof value === 'function' ? value.bind(log) : value;
    },
  });

  private async append(append: Append) {
    if (!places(append) || this.lateCame !== null) return this.log.append(append);
    if (this.late === null) {
      this.late = append;
      await new Promise<void>((resolve) => {
        this.cut = resolve;
      });
      throw new Error('Connection terminated unexpectedly');
    }
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

describe('a placement whose answer was lost', () => {
  it('is never recorded once its room may have been given to others', async () => {
    const [host] = (await installation.install()) as [HostId];
    const { fleet } = (await installation.startWorker()).follower;
    const tenant = await installation.tenant('standard');
    const large = { ...hanging, resources: MORE_THAN_HALF };
    await installation.submit(tenant, { ...large, priority: 1 });
    await installation.until(
      async () => log.late,
      (late) => late !== null,
    );
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
});
