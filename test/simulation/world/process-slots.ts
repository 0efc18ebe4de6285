import { ApiLife } from './api-life.js';
import type { Chance } from './chance.js';
import { WorkerLife } from './worker-life.js';
import type { WorldParts } from './world-parts.js';

/** How long a supervisor takes to start a process again that has ended. */
const RESTART_MS = { least: 200, most: 4_000 } as const;

interface Slot<L> {
  readonly name: string;
  lives: number;
  life: L | null;
}

/** The supervisor of all processes: where one ends, another one is started a little later. */
export class ProcessSlots {
  readonly workers: Slot<WorkerLife>[];
  readonly apis: Slot<ApiLife>[];
  /** Null where it is to be found out again. */
  private live: readonly WorkerLife[] | null = null;

  constructor(
    private readonly parts: WorldParts,
    private readonly chance: Chance,
    counts: { readonly workers: number; readonly apis: number },
  ) {
    this.workers = slots('worker', counts.workers);
    this.apis = slots('api', counts.apis);
  }

  startAll(): void {
    for (const slot of this.apis) this.startApi(slot);
    for (const slot of this.workers) this.startWorker(slot);
  }

  /** Workers that live. */
  liveWorkers(): readonly WorkerLife[] {
    this.live ??= this.workers.flatMap(({ life }) => (life?.life.isDead === false ? [life] : []));
    return this.live;
  }

  someApi(): ApiLife | null {
    const up = this.apis.flatMap(({ life }) => (life === null || life.life.isDead ? [] : [life]));
    return up.length === 0 ? null : this.chance.pick(up);
  }

  private startWorker(slot: Slot<WorkerLife>): void {
    slot.lives += 1;
    const life = new WorkerLife(this.parts, `${slot.name}.${slot.lives}`);
    slot.life = life;
    this.parts.tell(() => `${life.life.name} starts`);
    this.live = null;
    life.life.onDeath(() => {
      this.live = null;
      this.later(life.life.name, () => this.startWorker(slot));
    });
    // A process that cannot begin ends, as main.ts has it.
    life.start().catch(() => life.life.die());
  }

  private startApi(slot: Slot<ApiLife>): void {
    slot.lives += 1;
    const life = new ApiLife(this.parts, `${slot.name}.${slot.lives}`);
    slot.life = life;
    life.life.onDeath(() => this.later(life.life.name, () => this.startApi(slot)));
  }

  private later(name: string, start: () => void): void {
    this.parts.tell(() => `${name} is dead`);
    const { least, most } = RESTART_MS;
    this.parts.time.after(this.chance.between(least, most), start);
  }
}

function slots<L>(kind: string, count: number): Slot<L>[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `${kind}-${at + 1}`,
    lives: 0,
    life: null,
  }));
}
