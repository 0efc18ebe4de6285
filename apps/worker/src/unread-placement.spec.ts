import { fleetEventTypes, type HostId } from '@bulkhead/domain';
import { type Append, LogUnavailable, type ReadAllOptions } from '@bulkhead/event-store';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { expect, it } from 'vitest';
import type { Component } from './keep-running.js';
import { realClock, realTimers } from './real-time.js';
import { sleep } from './timers.js';
import { hanging, Installation } from './worker-in-process.contract.js';

const HOST_CPU_MILLIS = 8_000;
const UNREADABLE_MS = 500;
const MORE_THAN_HALF = { ...hanging, resources: { cpuMillis: 5_000, memoryMiB: 1_024 } };

/** A log that holds a placement when it is told to, and cannot be read by the fleet for a while once it has recorded it. */
class UnreadLog extends InMemoryLog {
  isToHold = false;
  letCome: (() => void) | null = null;
  private isUnreadable = false;

  override async append(append: Append) {
    const types = append.streams.flatMap(({ events }) => events.map(({ type }) => type));
    if (!this.isToHold || !types.includes('WorkloadPlaced')) return super.append(append);
    this.isToHold = false;
    await new Promise<void>((resolve) => {
      this.letCome = resolve;
    });
    this.isUnreadable = true;
    setTimeout(() => {
      this.isUnreadable = false;
    }, UNREADABLE_MS);
    return super.append(append);
  }

  override async readAll(options: ReadAllOptions) {
    const isOfFleet = options.types === fleetEventTypes;
    if (this.isUnreadable && isOfFleet) throw new LogUnavailable('unreachable');
    return super.readAll(options);
  }
}

/** Its components are run again, as where a worker keeps them running. */
class LastingInstallation extends Installation {
  protected override async run(component: Component, _owner: string, signal: AbortSignal) {
    while (!signal.aborted) {
      await component.run(signal).catch(() => sleep(realTimers, 20, signal));
    }
  }
}

it('a placement that was recorded keeps its room while the log cannot be read', async () => {
  const log = new UnreadLog({ clock: realClock, newEventId: v7 });
  const installation = new LastingInstallation(log);
  try {
    const [host] = (await installation.install()) as [HostId];
    const { fleet } = (await installation.startWorker()).follower;
    const tenant = await installation.tenant('standard');
    // From here on the kernel is its, so that no claim of it stands between two placements.
    await installation.reaches(tenant, await installation.submit(tenant), 'succeeded');
    log.isToHold = true;
    const first = await installation.submit(tenant, { ...MORE_THAN_HALF, priority: 1 });
    const letCome = await installation.until(
      async () => log.letCome,
      (held) => held !== null,
    );
    const urgent = await installation.submit(tenant, { ...MORE_THAN_HALF, priority: 99 });
    await installation.until(
      async () => fleet.workloads.get(urgent),
      (known) => known !== undefined,
    );
    letCome?.();
    await installation.reaches(tenant, first, 'running');
    expect(fleet.hosts.get(host)?.usedCpuMillis).toBeLessThanOrEqual(HOST_CPU_MILLIS);
    expect(await installation.types(tenant, urgent)).not.toContain('WorkloadPlaced');
  } finally {
    await installation.stop();
  }
});
