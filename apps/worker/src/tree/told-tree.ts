import { type TreeBuilder, TreeStopped, type TreeStops } from '@bulkhead/event-store';
import type { Component } from '../keep-running.js';
import { type Logger, told } from '../logging.js';
import { sleep, type Timers } from '../timers.js';

/** How often a worker whose tree has stopped says so, and when another takes it as over. */
export const TREE_TELLING = { everyMs: 5_000, overAfterMs: 15_000 } as const;

interface Parts {
  readonly stops: Pick<TreeStops, 'store' | 'settle'>;
  readonly timers: Timers;
  readonly logger: Pick<Logger, 'warn'>;
  readonly telling?: { readonly everyMs: number; readonly overAfterMs: number };
}

/**
 * The builder of the tree, which also says in Postgres why it has stopped, for the api to show. It goes on
 * saying so while its process lives: another worker, with other witnesses, may find nothing wrong, and
 * must not make the objection vanish.
 */
export class ToldTree implements Component {
  readonly name: string;

  constructor(
    private readonly tree: Pick<TreeBuilder, 'name' | 'run'>,
    private readonly parts: Parts,
  ) {
    this.name = tree.name;
  }

  /** @throws what the builder throws */
  async run(signal: AbortSignal): Promise<void> {
    const { stops } = this.parts;
    const { overAfterMs } = this.parts.telling ?? TREE_TELLING;
    const over = new AbortController();
    const works = AbortSignal.any([signal, over.signal]);
    const settling = this.repeat(works, () => stops.settle(overAfterMs));
    try {
      await this.tree.run(signal);
    } catch (error) {
      if (error instanceof TreeStopped) {
        const { message } = error;
        await this.attempt(() => stops.store(message));
        void this.repeat(signal, () => stops.store(message));
      }
      throw error;
    } finally {
      over.abort();
      await settling;
    }
  }

  private async repeat(signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    const { timers, telling = TREE_TELLING } = this.parts;
    while (!signal.aborted) {
      await sleep(timers, telling.everyMs, signal);
      if (!signal.aborted) await this.attempt(act);
    }
  }

  /** The worker's own log and health say it as well, so a database that is away is no reason to fail. */
  private async attempt(act: () => Promise<void>): Promise<void> {
    await act().catch((error: unknown) => {
      this.parts.logger.warn(told(error), 'the state of the tree could not be stored');
    });
  }
}
