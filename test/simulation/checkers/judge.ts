import { EVICTION_BOUND_MS, LogCheck } from '@bulkhead/checker';
import type { HostId, RecordedEvent, TimeMs } from '@bulkhead/domain';
import type { JournalEntry } from '@bulkhead/hypervisor/simulated';
import { brokenBy } from '../../model/invariants.js';
import { Tally } from '../../model/tally.js';
import { tellEntry, tellEvent } from '../story/tell-event.js';
import type { Onlooker, World } from '../world/world.js';
import { JournalWatch } from './journal-watch.js';
import { LiveState } from './live-state.js';
import { ScheduleWatch } from './schedule-watch.js';

/** Where hosts or workers are away, an eviction comes when they are back, and not within the bound. */
const NO_BOUND_MS = 24 * 60 * 60 * 1_000;

export interface JudgeOptions {
  /** Whether nothing goes wrong in this world, so that everything must be in time. */
  readonly isCalm: boolean;
  readonly tell: (atMs: TimeMs, line: () => string) => void;
}

/** Looks at the log, the machines and the workers after every step, and says what must not be. */
export class Judge implements Onlooker {
  readonly tally = new Tally();
  readonly live = new LiveState();
  readonly journals = new JournalWatch();
  readonly schedules = new ScheduleWatch();
  readonly tell: JudgeOptions['tell'];
  private readonly journalHosts = new Set<HostId>();
  private readonly check: LogCheck;
  private seen = 0;
  private isBehind = false;

  constructor(
    private readonly world: World,
    { isCalm, tell }: JudgeOptions,
  ) {
    this.tell = tell;
    this.check = new LogCheck({
      journalHosts: this.journalHosts,
      evictionBoundMs: isCalm ? EVICTION_BOUND_MS : NO_BOUND_MS,
    });
    world.parts.log.onAppended((recorded) => this.see(recorded));
  }

  afterStep(): void {
    const { readModel, trouble } = this.world.parts;
    const [found] = this.check.violations;
    if (found !== undefined) trouble(`${found.check}: ${found.detail} (at ${found.position})`);
    if (readModel.fault !== null) trouble(`every-event-once: ${readModel.fault}`);
    if (!this.isBehind) return;
    const differs = this.live.differs(this.world.slots.liveWorkers());
    if (differs !== null) trouble(differs);
  }

  journal(hostId: HostId, entry: JournalEntry): void {
    const { parts } = this.world;
    parts.tell(() => `${hostId} journals ${tellEntry(entry)}`);
    const because = this.journals.broken(hostId, entry);
    if (because !== null) parts.trouble(because);
  }

  poweredOff(hostId: HostId): void {
    this.journals.poweredOff(hostId);
  }

  /** Reads the journals against the log: the last thing that is asked. */
  async atTheEnd(): Promise<string | null> {
    const { machines } = this.world.parts.rack;
    const journals = [...machines.values()].map(({ hostId, journal: entries }) => ({
      hostId,
      entries,
    }));
    const { violations } = await this.check.finish(journals);
    const [found] = violations;
    return found === undefined ? null : `${found.check}: ${found.detail} (at ${found.position})`;
  }

  private see(recorded: RecordedEvent): void {
    this.seen += 1;
    this.isBehind = true;
    const { parts } = this.world;
    parts.tell(() => tellEvent(recorded));
    if (recorded.position !== this.seen) {
      parts.trouble(`no-gaps: position ${recorded.position} came as number ${this.seen}`);
    }
    const because = brokenBy(recorded, this.tally) ?? this.schedules.broken(recorded);
    if (because !== null) parts.trouble(because);
    if (recorded.event.type === 'HostRegistered') this.journalHosts.add(recorded.stream as HostId);
    this.check.see(recorded);
    this.tally.record(recorded);
    this.journals.see(recorded);
    this.live.see(recorded);
  }
}
