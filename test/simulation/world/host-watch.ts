import type { HostId, TimeMs } from '@bulkhead/domain';
import { type ComputeSystemNotice, DriverError } from '@bulkhead/hypervisor';
import type { Remote } from './remote.js';

/**
 * Notices of one host as one process hears them: in order, because they come over one connection, and
 * late, twice, or not at all, which the contract of a driver allows.
 */
export async function* watchHost(
  remote: Remote,
  hostId: HostId,
  signal: AbortSignal,
): AsyncGenerator<ComputeSystemNotice> {
  const line = new NoticeLine(remote, hostId);
  await line.open();
  const woken = () => line.wake();
  signal.addEventListener('abort', woken);
  try {
    while (!signal.aborted) {
      yield* line.heard.splice(0);
      if (line.broken !== null) throw new DriverError('UNREACHABLE', line.broken);
      if (line.heard.length > 0 || signal.aborted) continue;
      await line.more();
    }
  } finally {
    signal.removeEventListener('abort', woken);
    line.close();
  }
}

class NoticeLine {
  readonly heard: ComputeSystemNotice[] = [];
  broken: string | null = null;
  wake: () => void = () => {};
  private arrivesMs: TimeMs = 0;
  private stop: () => void = () => {};
  private isClosed = false;

  constructor(
    private readonly remote: Remote,
    private readonly hostId: HostId,
  ) {}

  async open(): Promise<void> {
    const { network, life, linkTo, rack } = this.remote;
    await network.call(life, linkTo(this.hostId), async () => {
      if (life.isDead) return;
      this.stop = rack.watch(this.hostId, {
        notice: (notice) => this.carry(notice),
        closed: (reason) => this.arrive(() => this.breakOff(reason)),
      });
    });
    life.onDeath(() => this.close());
  }

  more(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  close(): void {
    this.isClosed = true;
    this.stop();
  }

  private carry(notice: ComputeSystemNotice): void {
    const { rates, linkTo, rack } = this.remote;
    const { noticeLost, noticeTwice, watchBroken } = rates();
    if (linkTo(this.hostId).isCut) {
      this.arrive(() => this.breakOff('the connection was lost'));
      return;
    }
    if (rack.chance.is(watchBroken)) this.arrive(() => this.breakOff('the connection was lost'));
    if (rack.chance.is(noticeLost)) return;
    const times = rack.chance.is(noticeTwice) ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      this.arrive(() => {
        this.heard.push(notice);
        this.wake();
      });
    }
  }

  /** Never before what was sent before it. */
  private arrive(run: () => void): void {
    const { network, linkTo, rack, life } = this.remote;
    const nowMs = rack.time.clock();
    this.arrivesMs = Math.max(this.arrivesMs, nowMs + network.delayMs(linkTo(this.hostId).rates));
    rack.time.after(this.arrivesMs - nowMs, () => {
      if (this.isClosed) return;
      life.deliver(() => {
        if (life.step()) run();
      });
    });
  }

  private breakOff(reason: string): void {
    this.broken ??= reason;
    this.stop();
    this.wake();
  }
}
