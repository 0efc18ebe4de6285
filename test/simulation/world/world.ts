import { createHash } from 'node:crypto';
import type { TimeMs } from '@bulkhead/domain';
import { OutputInMemory } from '@bulkhead/event-store/in-memory';
import { type ObserveTimes, observeTimes } from '../../../apps/worker/src/observe/observe-parts.js';
import { Chance, uuidsOf } from './chance.js';
import { Connections, calmWorld } from './connections.js';
import { ConsumerTables } from './consumer-tables.js';
import { Network } from './network.js';
import { People } from './people.js';
import { ProcessSlots } from './process-slots.js';
import { pump } from './pump.js';
import { ReadModel } from './read-model.js';
import { SimulatedLeases } from './simulated-leases.js';
import { SimulatedLog } from './simulated-log.js';
import { SimulatedQueue } from './simulated-queue.js';
import { type RackOnlooker, SimulatedRack } from './simulated-rack.js';
import { SimulatedTime } from './simulated-time.js';
import type { WorldParts } from './world-parts.js';

/** When every world begins. */
export const BEGIN_MS = 1_800_000_000_000;
const EVENT_IDS = 0xe;
const OTHER_IDS = 0x1;

/** As the worker has it where no setting says otherwise. */
const HOST_LEASE_TTL_MS = 30_000;
const hastyTimes: ObserveTimes = {
  ...observeTimes,
  hostLeaseTtlMs: 6_000,
  lostAfterMs: 3_000,
  leaseMarginMs: 1_000,
  reconcileEveryMs: 6_000,
  reissueAfterMs: 6_000,
};

/** Who looks at a world while it runs. */
export interface Onlooker extends RackOnlooker {
  /** After every call of virtual time, when everything that follows from it has come to rest. */
  afterStep(): void;
  tell(atMs: TimeMs, line: () => string): void;
}

const nobody: Onlooker = {
  afterStep: () => {},
  journal: () => {},
  poweredOff: () => {},
  tell: () => {},
};

/** Everything there is, from one seed. Nothing in it knows of any other time, chance or id. */
export class World {
  readonly time = new SimulatedTime(BEGIN_MS);
  readonly parts: WorldParts;
  readonly slots: ProcessSlots;
  readonly people: People;
  /** The first thing that must not have happened; null while nothing has. */
  trouble: string | null = null;
  private onlooker: Onlooker = nobody;

  constructor(
    readonly seed: string,
    how: { readonly workers: number; readonly apis: number; readonly isHasty: boolean },
  ) {
    const { time } = this;
    const { clock } = time;
    const chanceOf = (kind: string) => new Chance(`${seed} ${kind}`);
    const network = new Network(time, chanceOf('network'), chanceOf('cuts'));
    const leases = new SimulatedLeases(clock);
    this.parts = {
      ...{ time, network, leases },
      chance: chanceOf('processes'),
      connections: new Connections(),
      log: new SimulatedLog({ clock, newEventId: uuidsOf(clock, EVENT_IDS) }),
      tables: new ConsumerTables(leases),
      queue: new SimulatedQueue(time, chanceOf('queue')),
      rack: new SimulatedRack(time, chanceOf('hosts'), {
        journal: (hostId, entry) => this.onlooker.journal(hostId, entry),
        poweredOff: (hostId) => this.onlooker.poweredOff(hostId),
      }),
      readModel: new ReadModel(),
      output: new OutputInMemory(),
      newUuid: uuidsOf(clock, OTHER_IDS),
      times: how.isHasty ? hastyTimes : { ...observeTimes, hostLeaseTtlMs: HOST_LEASE_TTL_MS },
      trouble: (because) => {
        this.trouble ??= because;
      },
      tell: (line) => this.onlooker.tell(clock(), line),
    };
    this.slots = new ProcessSlots(this.parts, chanceOf('slots'), how);
    this.people = new People(time, network, this.slots, calmWorld.toApi);
  }

  lookAt(onlooker: Onlooker): void {
    this.onlooker = onlooker;
  }

  /** Lets time pass, up to `ms` of it, until something is wrong or `isOver` says so. */
  async run(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const untilMs = this.time.clock() + ms;
    await pump(() => {
      this.onlooker.afterStep();
      return this.trouble === null && !isOver() && this.time.step(untilMs);
    });
  }

  /** Stands for the whole log: two that are alike to the last byte have the same one. */
  async logHash(): Promise<string> {
    const hash = createHash('sha256');
    for await (const { events } of this.parts.log.streamAll({ afterPosition: 0 })) {
      hash.update(events.map((recorded) => JSON.stringify(recorded)).join(''));
    }
    return hash.digest('hex');
  }
}
