import { BrokenInvariant, type DomainEvent, fleetEventTypes, type HostId } from '@bulkhead/domain';
import type { WholeLog } from '@bulkhead/event-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AssembledWorker } from './assemble-worker.js';
import { batchBookTypes } from './batches/batch-book.js';
import { BATCHES_LEASE } from './batches/batches.js';
import { type Component, type ComponentHealth, keepRunning } from './keep-running.js';
import { hostLeaseName } from './leases/fences.js';
import { PLACER_LEASE } from './place/placer.js';
import { realClock, realTimers } from './real-time.js';
import { scheduleBookTypes } from './schedules/schedule-book.js';
import { SCHEDULES_LEASE } from './schedules/schedules.js';
import { Installation } from './worker-in-process.contract.js';

type Types = readonly DomainEvent['type'][];

/** Keeps the components of its workers running as their processes do. */
class KeptInstallation extends Installation {
  /** By owner of the worker and name of the component. */
  readonly health = new Map<string, ComponentHealth>();

  protected override run(component: Component, owner: string, signal: AbortSignal) {
    const around = { clock: realClock, timers: realTimers, logger: this.logger };
    return keepRunning(component, around, signal, (state) => {
      this.health.set(`${owner} ${component.name}`, state);
    });
  }

  /** A worker whose code, once told so, cannot fold what is read for these types. */
  async startFailing(types: Types): Promise<{ worker: AssembledWorker; fail: () => void }> {
    let fails = false;
    const { log } = this;
    const readAll: WholeLog['readAll'] = async (options) => {
      if (fails && options.types === types) throw new BrokenInvariant('cannot be folded here');
      return log.readAll(options) as Promise<never>;
    };
    const get = (target: WholeLog, name: string | symbol) => {
      if (name === 'readAll') return readAll;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    };
    this.sources = { log: new Proxy(log, { get }) };
    const worker = await this.startWorker({}, 'failing');
    this.sources = {};
    const fail = () => {
      fails = true;
    };
    return { worker, fail };
  }
}

let installation: KeptInstallation;
let hosts: readonly HostId[];

beforeEach(async () => {
  installation = new KeptInstallation();
  hosts = await installation.install();
});
afterEach(async () => {
  await installation.stop();
});

/** What the healthy worker holds, once it has this. */
const has = ({ leases }: AssembledWorker, lease: string) =>
  installation.until(
    async () => leases.epochOf(lease),
    (epoch) => epoch !== null,
  );

describe('a component that has stopped for good', () => {
  it.each<[string, Types, string]>([
    ['batches', batchBookTypes, BATCHES_LEASE],
    ['schedules', scheduleBookTypes, SCHEDULES_LEASE],
  ])(
    '%s leaves its work to a process that can do it, and says that it has stopped',
    async (name, types, lease) => {
      const failing = await installation.startFailing(types);
      const healthy = await installation.startWorker({}, 'healthy');
      expect(failing.worker.leases.epochOf(lease)).not.toBeNull();
      failing.fail();
      expect(await has(healthy, lease)).toBe(2);
      expect(installation.health.get(`failing ${name}`)).toBe('stopped');
      // What it can still do, it keeps.
      expect(failing.worker.leases.epochOf(PLACER_LEASE)).not.toBeNull();
    },
  );

  it('the fleet among them, leaves placement and hosts to a process that knows the fleet', async () => {
    const failing = await installation.startFailing(fleetEventTypes);
    const healthy = await installation.startWorker({}, 'healthy');
    const [host = 'host_'] = hosts;
    await has(failing.worker, hostLeaseName(host));
    failing.fail();
    for (const lease of [PLACER_LEASE, hostLeaseName(host)]) await has(healthy, lease);
    const tenant = await installation.tenant('standard');
    await installation.reaches(tenant, await installation.submit(tenant), 'succeeded');
    expect(installation.health.get('failing fleet')).toBe('stopped');
  });
});
