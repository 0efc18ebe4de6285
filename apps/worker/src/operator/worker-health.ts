import type { Clock } from '@bulkhead/domain';
import type {
  Consumer,
  QueueDatastoreName,
  QueueSummary,
  TreeBuilder,
  TreeStatus,
  WholeLog,
} from '@bulkhead/event-store';
import type { ComponentHealth } from '../keep-running.js';
import type { NewerEvents } from '../newer-events.js';
import type { BullJobQueue } from '../queue/bull-job-queue.js';
import type { QueueOutages } from '../queue/queue-outages.js';
import type { Timers } from '../timers.js';
import { BoundedQuestions } from './bounded-questions.js';

/**
 * `stopped` before an event that it cannot apply, or `waiting` for a newer version, which alone knows the
 * next one.
 */
export type ConsumerHealth = 'working' | 'stopped' | 'waiting';

/** One queue: how many jobs it holds in each state, and for how long the first of them has waited. */
export interface QueueFigures {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** For good; they are kept until an operator has them tried anew, or others come. */
  readonly failed: number;
  readonly oldestWaitingMs: number;
}

/** Where the queues are, whether they answer, and what is in them while they do. */
export interface QueueHealth {
  readonly datastore: QueueDatastoreName;
  readonly answers: boolean;
  readonly jobs: Readonly<Record<string, QueueFigures>>;
}

/** What the operator's port tells about this worker. */
export interface HealthReport {
  readonly ready: boolean;
  readonly problems: readonly string[];
  readonly components: Readonly<Record<string, ComponentHealth>>;
  /** Events that each consumer has not passed yet. */
  readonly lag: Readonly<Record<string, number>>;
  readonly consumers: Readonly<Record<string, ConsumerHealth>>;
  readonly queue: QueueHealth;
  readonly head: number;
  /** How far the log's tree and its signed heads have come; null where that cannot be read. */
  readonly tree: TreeStatus | null;
}

export interface HealthParts {
  readonly log: Pick<WholeLog, 'head'>;
  readonly queue: Pick<BullJobQueue, 'summaries' | 'datastore'>;
  readonly outages: Pick<QueueOutages, 'current'>;
  readonly consumers: () => readonly Consumer[];
  readonly newer: Pick<NewerEvents, 'sentences'>;
  readonly tree: Pick<TreeBuilder, 'status' | 'stopped'>;
  readonly fleetPosition: () => number;
  readonly clock: Clock;
  readonly timers: Timers;
}

/**
 * Gathers how the worker is: whether it can work, and how far its consumers trail behind the log. It says so
 * within a few seconds also where Postgres or the queues say nothing at all.
 */
export class WorkerHealth {
  readonly components = new Map<string, ComponentHealth>();
  private readonly questions: BoundedQuestions;

  constructor(private readonly parts: HealthParts) {
    this.questions = new BoundedQuestions(parts.timers);
  }

  async report(): Promise<HealthReport> {
    const problems: string[] = [];
    const note = (what: string) => (error: unknown) => {
      problems.push(`${what}: ${messageOf(error)}`);
    };
    const { log, tree: builder } = this.parts;
    const ask = this.questions.ask.bind(this.questions);
    const [head, queue, tree, followed] = await Promise.all([
      ask('head', () => log.head()).catch(note('Postgres')),
      this.queue(problems),
      ask('tree', () => builder.status()).catch(note('tree')),
      this.followed(problems),
    ]);
    const { lag, consumers } = followed;
    for (const [name, health] of this.components) {
      if (health !== 'running') problems.push(`${name} is ${health}`);
    }
    problems.push(...this.parts.newer.sentences);
    if (this.parts.tree.stopped !== null) problems.push(`tree: ${this.parts.tree.stopped.message}`);
    const components = Object.fromEntries(this.components);
    const ready = problems.length === 0 && this.components.size > 0;
    return {
      ...{ ready, problems, components, lag, consumers, queue },
      tree: tree ?? null,
      head: head ?? 0,
    };
  }

  private async followed(problems: string[]): Promise<Pick<HealthReport, 'lag' | 'consumers'>> {
    const lag: Record<string, number> = {};
    const consumers: Record<string, ConsumerHealth> = {};
    const look = async (consumer: Consumer) => {
      const { name, stopped, waiting } = consumer;
      const trouble = stopped ?? waiting;
      if (trouble !== null) problems.push(trouble.message);
      consumers[name] = healthOf(consumer);
      try {
        lag[name] = await this.questions.ask(`lag of ${name}`, () => consumer.lag());
      } catch (error) {
        problems.push(`consumer ${name}: ${messageOf(error)}`);
      }
    };
    await Promise.all(this.parts.consumers().map(look));
    return { lag, consumers };
  }

  private async queue(problems: string[]): Promise<QueueHealth> {
    const { queue, outages } = this.parts;
    const { datastore } = queue;
    const seen = await this.questions.ask('queues', () => queue.summaries()).catch(messageOf);
    const summaries = typeof seen === 'string' ? [] : seen;
    const figures = summaries.map((summary) => [summary.name, this.figuresOf(summary)]);
    const jobs: QueueHealth['jobs'] = Object.fromEntries(figures);
    if (outages.current !== null) {
      problems.push(`queue in ${datastore} does not answer: ${outages.current}`);
    } else if (typeof seen === 'string') {
      problems.push(`queue in ${datastore} answers, but cannot be counted: ${seen}`);
    }
    return { datastore, answers: outages.current === null, jobs };
  }

  private figuresOf(summary: QueueSummary): QueueFigures {
    const { waiting, active, delayed, failed, oldestWaitingAtMs } = summary;
    const nowMs = this.parts.clock();
    const oldestWaitingMs = Math.max(0, nowMs - (oldestWaitingAtMs ?? nowMs));
    return { waiting, active, delayed, failed, oldestWaitingMs };
  }

  /** How far the process's own fold of the fleet has come. */
  fleetPosition(): number {
    return this.parts.fleetPosition();
  }
}

function healthOf({ stopped, waiting }: Consumer): ConsumerHealth {
  if (stopped !== null) return 'stopped';
  return waiting === null ? 'working' : 'waiting';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
