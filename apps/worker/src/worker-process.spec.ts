import { BrokenInvariant } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import type { AssembledWorker } from './assemble-worker.js';
import type { Component, ComponentHealth } from './keep-running.js';
import { NewerEvents } from './newer-events.js';
import type { WorkerHealth } from './operator/worker-health.js';
import { realClock, realTimers } from './real-time.js';
import { WorkerProcess } from './worker-process.js';

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const nothing = async () => {};

/** A process of this one component that only notes what becomes of its jobs and leases. */
function processOf(component: Component, connected = nothing, catchUp = nothing, finish = nothing) {
  const told: string[] = [];
  const components = new Map<string, ComponentHealth>();
  const worker: Partial<AssembledWorker> = {
    components: [component],
    newer: new NewerEvents(),
    follower: { catchUp } as AssembledWorker['follower'],
    leases: { renew: async () => void told.push('leases') } as AssembledWorker['leases'],
  };
  const started = new WorkerProcess({
    worker: worker as AssembledWorker,
    health: { components } as unknown as WorkerHealth,
    jobs: {
      connected,
      begin: async () => void told.push('begin'),
      hold: () => told.push('hold'),
      resume: () => told.push('resume'),
      finish,
    },
    ...{ following: [], clock: realClock, timers: realTimers, logger },
  });
  return { started, told, components };
}

const stopsForGood = (name: string): Component => ({
  name,
  run: async () => {
    await new Promise((resolve) => setImmediate(resolve));
    throw new BrokenInvariant('an event cannot follow the state it meets');
  },
});
const passed = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('a worker process', () => {
  it('leaves jobs to others once it does not know the fleet any more, instead of failing them', async () => {
    const { started, told, components } = processOf(stopsForGood('fleet'));
    await started.start();
    await passed();
    expect(components.get('fleet')).toBe('stopped');
    expect(told).toEqual(['leases', 'begin', 'hold']);
    await started.stop();
  });

  it('comes up for what needs no fleet where the log holds an event that cannot be folded', async () => {
    const unfoldable = async () => {
      throw new BrokenInvariant('an event cannot follow the state it meets');
    };
    const { started, told, components } = processOf(stopsForGood('fleet'), nothing, unfoldable);
    await started.start();
    await passed();
    expect(components.get('fleet')).toBe('stopped');
    expect(told.at(-1)).toBe('hold');
    await started.stop();
  });

  it('takes neither jobs nor leases where a queue cannot be reached, and does not start', async () => {
    const refused = async () => {
      throw new Error('sorry, too many clients already');
    };
    const { started, told } = processOf(stopsForGood('batches'), refused);
    await expect(started.start()).rejects.toThrow('too many clients');
    expect(told).toEqual([]);
  });

  it('goes on with its jobs when another component has stopped for good', async () => {
    const { started, told, components } = processOf(stopsForGood('batches'));
    await started.start();
    await passed();
    expect(components.get('batches')).toBe('stopped');
    expect(told).toEqual(['leases', 'begin']);
    await started.stop();
  });

  it('gives its leases back also where it ends before its jobs in hand do, and not before that', async () => {
    const givenBack: string[] = [];
    const leases: Component = {
      name: 'leases',
      run: async (signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        givenBack.push('leases');
      },
    };
    const never = () => new Promise<void>(() => {});
    const { started } = processOf(leases, nothing, nothing, never);
    await started.start();
    void started.stop();
    await passed();
    expect(givenBack).toEqual([]);
    await started.abandon();
    expect(givenBack).toEqual(['leases']);
  });
});
