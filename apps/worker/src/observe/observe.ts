import type { HostId } from '@bulkhead/domain';
import type { Component } from '../keep-running.js';
import { hostLeaseName } from '../leases/fences.js';
import { told } from '../logging.js';
import { HostObserver } from './host-observer.js';
import type { ObserveParts } from './observe-parts.js';
import { TouchFailures } from './touch-failures.js';

/** Observes every host of the fleet whose lease this process can get, until the host is retired. */
export class Observe implements Component {
  readonly name = 'observe';
  private readonly observers = new Map<HostId, HostObserver>();
  private readonly running = new Set<Promise<void>>();
  private readonly failures: TouchFailures;
  private signal: AbortSignal | null = null;

  constructor(private readonly parts: ObserveParts) {
    const { follower, leases } = parts;
    this.failures = new TouchFailures(parts.logger, parts.steadyClock);
    follower.onEvent(({ stream, event }) => {
      if (event.type === 'HostRegistered') this.add(stream as HostId);
      else if (stream.startsWith('host_')) {
        const observer = this.observers.get(stream as HostId);
        observer?.ring();
        if (event.type === 'HostBooted') observer?.booted();
      }
    });
    leases.onRenewed(() => {
      for (const observer of this.observers.values()) observer.ring();
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.signal = signal;
    for (const observer of this.observers.values()) this.start(observer, signal);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
    await Promise.all(this.running);
  }

  stoppedForGood(): void {
    for (const hostId of this.observers.keys()) this.parts.leases.wantNoMore(hostLeaseName(hostId));
  }

  private add(hostId: HostId): void {
    const { leases, logger } = this.parts;
    const observer = new HostObserver(hostId, this.parts, this.failures);
    this.observers.set(hostId, observer);
    leases.want(hostLeaseName(hostId));
    if (this.signal === null) return;
    this.start(observer, this.signal);
    leases.renew().catch((error: unknown) => {
      logger.warn({ host: hostId, ...told(error) }, 'lease of a new host was not taken');
    });
  }

  private start(observer: HostObserver, signal: AbortSignal): void {
    const running = observer
      .run(signal)
      .then(() => {
        if (!signal.aborted) this.forget(observer.hostId);
      })
      .finally(() => this.running.delete(running));
    this.running.add(running);
  }

  private forget(hostId: HostId): void {
    this.observers.delete(hostId);
    this.parts.leases.wantNoMore(hostLeaseName(hostId));
  }
}
