import { projectionStream } from '@bulkhead/domain';
import {
  type Consumer,
  ensureCheckpoint,
  type Generation,
  PROJECTIONS,
  readGenerations,
  rebuildStep,
  rebuildWhereNeeded,
  swap,
  sweep,
  UnknownStoredEvent,
} from '@bulkhead/event-store';
import type { Component } from '../keep-running.js';
import { sleep, type Timers } from '../timers.js';
import type { ConsumerSurroundings, KeptProjection } from './consumer-surroundings.js';
import { GenerationRun } from './generation-run.js';

/** How often the generations are looked at; while one is built or swept, the shorter time. */
export const KEEP_POLL_MS = 1_000;
export const BUSY_POLL_MS = 100;
/** A generation has caught up when it trails by less than this: a batch, which takes a moment. */
export const CAUGHT_UP_EVENTS = 1_000;

/**
 * Keeps the read models: follows the log for every generation that this process's code makes, begins a
 * rebuild where the rows are of an older version or an operator asks for it, puts what has caught up
 * before the readers, and deletes what nobody reads any more. Any number of processes may do so at once,
 * of several releases: the steps are decided and recorded in Postgres, under locks.
 */
export class ProjectionKeeper implements Component {
  readonly name = 'projections';
  private readonly runs = new Map<number, GenerationRun>();
  /** By projection: how many rebuilds operators have asked for. */
  private readonly requests = new Map<string, number>();

  constructor(
    private readonly around: ConsumerSurroundings,
    private readonly timers: Timers,
    private readonly projections: readonly KeptProjection[] = PROJECTIONS,
  ) {}

  /** The consumers that run at the moment. */
  get consumers(): readonly Consumer[] {
    return [...this.runs.values()].map(({ consumer }) => consumer);
  }

  /** Works until the signal aborts, or until Postgres cannot be asked what there is to do. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const isBusy = await this.step(signal);
        await sleep(this.timers, isBusy ? BUSY_POLL_MS : KEEP_POLL_MS, signal);
      }
    } finally {
      await Promise.all([...this.runs.values()].map((run) => run.stop()));
      this.runs.clear();
    }
  }

  /** True while there is more to do than to follow the log. */
  private async step(signal: AbortSignal): Promise<boolean> {
    const { dataSource } = this.around;
    let generations = await readGenerations(dataSource);
    if (await this.beginRebuilds(generations)) generations = await readGenerations(dataSource);
    await this.runOnly(generations, signal);
    let isBusy = false;
    for (const generation of generations) {
      const projection = this.projections.find(({ name }) => name === generation.projection);
      if (projection === undefined || generation.state === 'live') continue;
      isBusy = true;
      if (generation.state === 'building') await this.swapWhereCaughtUp(generation);
      else await sweep(dataSource, projection, generation.generation);
    }
    return isBusy;
  }

  private async beginRebuilds(generations: readonly Generation[]): Promise<boolean> {
    const { dataSource, logger } = this.around;
    let hasBegun = false;
    for (const { name, version } of this.projections) {
      const request = await this.requestOf(name);
      const own = generations.filter(({ projection }) => projection === name);
      const step = rebuildStep(own, { version, request });
      if (step === 'nothing' || step === 'leave-to-newer') continue;
      const taken = await rebuildWhereNeeded(dataSource, { name, version }, request);
      if (taken === 'begin') logger.info({ projection: name, version, request }, 'rebuild begins');
      hasBegun = true;
    }
    return hasBegun;
  }

  /** Each event in a projection's stream is a request for a rebuild. */
  private async requestOf(projection: string): Promise<number> {
    const known = this.requests.get(projection) ?? 0;
    try {
      const later = await this.around.log.readStream(null, projectionStream(projection), known);
      this.requests.set(projection, known + later.length);
      return known + later.length;
    } catch (error) {
      // What a newer version writes there is for newer workers.
      if (error instanceof UnknownStoredEvent) return known;
      throw error;
    }
  }

  /** Only the version that a generation is of may write into it; another's rows would not fit. */
  private async runOnly(generations: readonly Generation[], signal: AbortSignal): Promise<void> {
    const wanted = new Map<number, () => GenerationRun>();
    for (const generation of generations) {
      const { version, state } = generation;
      const projection = this.projections.find(({ name }) => name === generation.projection);
      if (projection?.version !== version || state === 'retired') continue;
      const run = () => new GenerationRun(generation, projection, this.around, signal);
      wanted.set(generation.generation, run);
    }
    for (const [number, run] of this.runs) {
      if (wanted.has(number)) continue;
      this.runs.delete(number);
      await run.stop();
    }
    for (const [number, run] of wanted) {
      if (this.runs.has(number)) continue;
      await ensureCheckpoint(this.around.dataSource, number);
      this.runs.set(number, run());
    }
  }

  /** Asked by the process that makes the generation, which alone knows at once how far it has come. */
  private async swapWhereCaughtUp(building: Generation): Promise<void> {
    const { dataSource, log, logger } = this.around;
    const position = this.runs.get(building.generation)?.consumer.position ?? null;
    if (position === null || (await log.head()) - position > CAUGHT_UP_EVENTS) return;
    if (!(await swap(dataSource, building))) return;
    const { projection, generation, version } = building;
    logger.info({ projection, generation, version, position }, 'readers see the rebuilt rows');
  }
}
