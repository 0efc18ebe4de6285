import type { Consumer, WholeLog } from '@bulkhead/event-store';
import type { ComponentHealth } from '../keep-running.js';
import type { JobQueue, QueueCounts } from '../queue/job.js';

/** What the operator's port tells about this worker. */
export interface HealthReport {
  readonly ready: boolean;
  readonly problems: readonly string[];
  readonly components: Readonly<Record<string, ComponentHealth>>;
  /** Events that each consumer has not passed yet. */
  readonly lag: Readonly<Record<string, number>>;
  readonly queue: QueueCounts;
  readonly head: number;
}

export interface HealthParts {
  readonly log: Pick<WholeLog, 'head'>;
  readonly queue: Pick<JobQueue, 'counts'>;
  readonly consumers: () => readonly Consumer[];
  readonly fleetPosition: () => number;
}

/** Gathers how the worker is: whether it can work, and how far its consumers trail behind the log. */
export class WorkerHealth {
  readonly components = new Map<string, ComponentHealth>();

  constructor(private readonly parts: HealthParts) {}

  async report(): Promise<HealthReport> {
    const problems: string[] = [];
    const note = (what: string) => (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      problems.push(`${what}: ${message}`);
    };
    const head = await this.parts.log.head().catch(note('Postgres'));
    const queue = await this.parts.queue.counts().catch(note('queue'));
    const lag: Record<string, number> = {};
    for (const consumer of this.parts.consumers()) {
      if (consumer.stopped !== null) problems.push(consumer.stopped.message);
      const behind = await consumer.lag().catch(note(`consumer ${consumer.name}`));
      if (behind !== undefined) lag[consumer.name] = behind;
    }
    for (const [name, health] of this.components) {
      if (health !== 'running') problems.push(`${name} is ${health}`);
    }
    const components = Object.fromEntries(this.components);
    const ready = problems.length === 0 && this.components.size > 0;
    return { ready, problems, components, lag, queue: queue ?? {}, head: head ?? 0 };
  }

  /** How far the process's own fold of the fleet has come. */
  fleetPosition(): number {
    return this.parts.fleetPosition();
  }
}
