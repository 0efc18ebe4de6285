import type { RecordedEvent } from '@bulkhead/domain';
import { Consumer, type OutputStore } from '@bulkhead/event-store';
import { unboundedWork } from '@bulkhead/event-store/in-memory';
import { type AssembledWorker, assembleWorker } from '../../../apps/worker/src/assemble-worker.js';
import { dispatchConsumer } from '../../../apps/worker/src/dispatch/dispatch-consumer.js';
import type { Logger } from '../../../apps/worker/src/logging.js';
import type { WorkerHealth } from '../../../apps/worker/src/operator/worker-health.js';
import { WorkerProcess } from '../../../apps/worker/src/worker-process.js';
import { KNOWN_EVENTS } from '../../../libs/event-store/src/log/known-events.js';
import type { ConsumerTransaction } from './consumer-tables.js';
import { GrowthPort } from './growth-port.js';
import { JobsInHand } from './jobs-in-hand.js';
import type { Link } from './network.js';
import { ProcessLife } from './process-life.js';
import { remoteDrivers } from './remote-driver.js';
import { LeasesPort } from './simulated-leases.js';
import { LogPort } from './simulated-log.js';
import type { WorldParts } from './world-parts.js';

/** Named one by one, as read models name theirs, so that what it does not name could be passed over. */
const readTypes = Object.keys(KNOWN_EVENTS) as RecordedEvent['event']['type'][];
const OUTPUT = { maxBytes: 1_048_576, days: 30 } as const;

/** One life of one worker process: the real one, with every way out of it simulated. */
export class WorkerLife {
  readonly life: ProcessLife;
  readonly worker: AssembledWorker;
  readonly consumers: readonly Consumer[];
  private readonly process: WorkerProcess;
  private takes: (() => void) | null = null;

  constructor(
    private readonly parts: WorldParts,
    name: string,
  ) {
    this.life = new ProcessLife(name, parts.time);
    this.life.onDeath(() => this.takes?.());
    const { time, chance, connections, network } = parts;
    const link = connections.toLog(name);
    const log = new LogPort(parts.log, this.life, network, link);
    const owner = parts.newUuid();
    const leases = new LeasesPort(owner, parts.leases, this.life, network, link);
    const growth = new GrowthPort(parts.log, this.life, time, network, link, () =>
      chance.is(connections.rates.growthLost),
    );
    const { timers } = this.life;
    const logger = this.logger();
    const clock = time.clock;
    this.worker = assembleWorker({
      ...{ log, growth, leases, owner, clock, steadyClock: clock, timers, logger },
      queue: {
        add: (jobs) => network.call(this.life, link, async () => parts.queue.add(jobs)),
        counts: () => network.call(this.life, link, async () => parts.queue.counts()),
        retryFailed: (name) =>
          network.call(this.life, link, async () => parts.queue.retryFailed(name)),
      },
      drivers: remoteDrivers(this.remote(name)),
      newUuid: parts.newUuid,
      randomBytes: (count) => chance.bytes(count),
      // A world has one thread of its own for all its processes.
      nextTurn: async () => {},
      hostLeaseTtlMs: parts.times.hostLeaseTtlMs,
      times: parts.times,
      sweepAnswers: async () => 0,
      output: { store: this.outputOver(link), ...OUTPUT },
      admit: async () => ({ refused: null, submissions: 1, resetMs: 1, pending: null }),
      openWork: unboundedWork(),
    });
    const dataSource = parts.tables.sourceFor(this.life, network, link);
    const around = { log, dataSource, leases, listener: growth, logger, timers };
    this.consumers = [
      dispatchConsumer(around, this.worker.dispatch),
      new Consumer({ ...around, name: 'reader', types: readTypes, apply: this.read }),
    ];
    this.process = new WorkerProcess({
      ...{ worker: this.worker, following: this.consumers, clock, timers, logger },
      health: { components: this.health() } as unknown as WorkerHealth,
      jobs: this.jobs(),
    });
  }

  /** Fails where the log could not be read; its supervisor starts another one then. */
  start(): Promise<void> {
    return this.process.start();
  }

  /** Ends it as its supervisor would: jobs in hand are finished, leases given back. */
  async stop(): Promise<void> {
    await this.process.stop();
    this.life.die();
  }

  /** The read model of the world: it is written in the transaction that moves the checkpoint. */
  private readonly read = async (batch: readonly RecordedEvent[], transaction: unknown) => {
    (transaction as ConsumerTransaction).writes.push(() => this.parts.readModel.project(batch));
  };

  private outputOver(link: Link): OutputStore {
    const { network, output } = this.parts;
    return {
      captures: (id) => network.call(this.life, link, () => output.captures(id)),
      store: (capture) => network.call(this.life, link, () => output.store(capture)),
      sweep: () => network.call(this.life, link, () => output.sweep()),
    };
  }

  private remote(name: string) {
    const { rack, network, connections } = this.parts;
    return {
      rack,
      network,
      life: this.life,
      linkTo: (hostId: `host_${string}`) => connections.toHost(name, hostId),
      rates: () => connections.rates.hosts,
    };
  }

  private jobs() {
    const { queue } = this.parts;
    const inHand = new JobsInHand(this.parts, this.life, this.worker.jobs);
    const hold = () => {
      this.takes?.();
      this.takes = null;
    };
    const resume = () => {
      this.takes = queue.addTaker(inHand);
    };
    const begin = async () => resume();
    const finish = () => {
      hold();
      return inHand.finished();
    };
    return { connected: async () => {}, begin, hold, resume, finish };
  }

  private health(): Map<string, string> {
    const { trouble } = this.parts;
    const components = new Map<string, string>();
    const { name } = this.life;
    components.set = (component, health) => {
      if (health === 'stopped') trouble(`stopped-for-good: ${component} of ${name} has stopped`);
      return Map.prototype.set.call(components, component, health) as typeof components;
    };
    return components;
  }

  private logger(): Logger {
    const { trouble, tell } = this.parts;
    const { name } = this.life;
    const line = (fields: unknown, message: string) => {
      tell(() => `${name} says: ${message} ${JSON.stringify(fields, errorAsText)}`);
    };
    return {
      debug: () => {},
      info: line,
      warn: line,
      error: (fields: unknown, message: string) => {
        line(fields, message);
        trouble(`said-error: ${name}: ${message} ${JSON.stringify(fields, errorAsText)}`);
      },
    } as unknown as Logger;
  }
}

function errorAsText(_name: string, value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}
