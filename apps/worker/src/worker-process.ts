import { setMaxListeners } from 'node:events';
import { BrokenInvariant } from '@bulkhead/domain';
import { type Consumer, UnknownStoredEvent } from '@bulkhead/event-store';
import type { AssembledWorker } from './assemble-worker.js';
import { type Component, keepRunning, type Surroundings } from './keep-running.js';
import { told } from './logging.js';
import type { WorkerHealth } from './operator/worker-health.js';

/** What takes jobs from the queue. */
export interface JobTaking {
  /** Ends when every queue was reached. @throws Error where one was not: it would never be tried again */
  connected(): Promise<void>;
  /** Ends when none are taken any more, and fails where they cannot be taken: then the worker is of no use. */
  begin(): Promise<void>;
  /** Takes no more for now. Jobs in hand go on. */
  hold(): void;
  resume(): void;
  /** Takes no more, and ends when the jobs in hand have ended. */
  finish(): Promise<void>;
}

export interface ProcessParts extends Surroundings {
  readonly worker: AssembledWorker;
  /** What follows the log until the signal is given, and tries again by itself what fails. */
  readonly following: readonly Pick<Consumer, 'run'>[];
  readonly health: WorkerHealth;
  readonly jobs: JobTaking;
}

/** Starts everything in its order, and stops it in the other one: jobs first, leases last. */
export class WorkerProcess {
  private readonly stopping = new AbortController();
  private readonly leasesOver = new AbortController();
  private running: Promise<void>[] = [];
  private leases: Promise<void> = Promise.resolve();
  private jobs: 'not begun' | 'taken' | 'held' = 'not begun';

  constructor(private readonly parts: ProcessParts) {
    // Every host and every consumer waits for this signal, however many there are.
    setMaxListeners(0, this.stopping.signal);
  }

  /**
   * Ends when the fleet is known, or as much of it as this version can know, the queues were reached, and the
   * leases were asked for once: one that can take no jobs takes no lease, and does not say that it is up.
   */
  async start(): Promise<void> {
    const { worker, following, logger } = this.parts;
    await worker.follower.catchUp().catch((error: unknown) => {
      if (error instanceof UnknownStoredEvent) {
        logger.warn(told(error), 'the log is of a newer version, waiting for that');
      } else if (!(error instanceof BrokenInvariant)) throw error;
      // Its component stops over that in a moment, and says so; read models, webhooks and the tree need no fleet.
    });
    await this.parts.jobs.connected();
    await worker.leases.renew();
    for (const component of worker.components) {
      if (component.name === 'leases') this.leases = this.keep(component, this.leasesOver.signal);
      else this.running.push(this.keep(component, this.stopping.signal));
    }
    for (const one of following) this.running.push(one.run(this.stopping.signal));
    worker.newer.onChange(() => this.takeJobs());
    this.takeJobs();
  }

  /** A process that stands back, or does not know the fleet any more, leaves the jobs to others. */
  private takeJobs(): void {
    const { jobs, worker, health } = this.parts;
    if (this.stopping.signal.aborted) return;
    if (worker.newer.standsBack || health.components.get('fleet') === 'stopped') {
      if (this.jobs === 'taken') jobs.hold();
      if (this.jobs === 'taken') this.jobs = 'held';
      return;
    }
    // A failure is nobody's to handle: it ends the process, and whoever supervises it starts another one.
    if (this.jobs === 'not begun') void jobs.begin();
    else if (this.jobs === 'held') jobs.resume();
    this.jobs = 'taken';
  }

  /** Jobs in hand are finished while everything that they need still runs; then leases are given up. */
  async stop(): Promise<void> {
    await this.parts.jobs.finish();
    this.stopping.abort();
    await Promise.all(this.running);
    this.leasesOver.abort();
    await this.leases;
  }

  /**
   * For a process that ends whatever it still waits for: it only gives its leases up, so that a successor need not wait
   * until they run out. What it has in hand is fenced off as that of one that was killed.
   */
  async abandon(): Promise<void> {
    this.stopping.abort();
    this.leasesOver.abort();
    await this.leases;
  }

  private keep(component: Component, signal: AbortSignal): Promise<void> {
    const { health } = this.parts;
    return keepRunning(component, this.parts, signal, (state) => {
      health.components.set(component.name, state);
      if (state === 'stopped') this.takeJobs();
    });
  }
}
