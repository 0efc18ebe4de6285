import type { UuidSource } from '@bulkhead/domain';
import type { OutputInMemory } from '@bulkhead/event-store/in-memory';
import type { ObserveTimes } from '../../../apps/worker/src/observe/observe-parts.js';
import type { Chance } from './chance.js';
import type { Connections } from './connections.js';
import type { ConsumerTables } from './consumer-tables.js';
import type { Network } from './network.js';
import type { ReadModel } from './read-model.js';
import type { SimulatedLeases } from './simulated-leases.js';
import type { SimulatedLog } from './simulated-log.js';
import type { SimulatedQueue } from './simulated-queue.js';
import type { SimulatedRack } from './simulated-rack.js';
import type { SimulatedTime } from './simulated-time.js';

/** Everything in a world that outlives its processes. */
export interface WorldParts {
  readonly time: SimulatedTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly connections: Connections;
  readonly log: SimulatedLog;
  readonly leases: SimulatedLeases;
  readonly tables: ConsumerTables;
  readonly queue: SimulatedQueue;
  readonly rack: SimulatedRack;
  readonly readModel: ReadModel;
  /** What workloads wrote. */
  readonly output: OutputInMemory;
  readonly newUuid: UuidSource;
  readonly times: ObserveTimes;
  /** Something happened that must not: begins with its name and a colon. */
  readonly trouble: (because: string) => void;
  /** A line of the story; made only where somebody reads it. */
  readonly tell: (line: () => string) => void;
}
