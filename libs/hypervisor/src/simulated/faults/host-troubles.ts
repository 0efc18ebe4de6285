import type { ComputeSystemId, SimulatedFaultId, SimulatedFaults } from '@bulkhead/domain';
import { type ComputeSystemStatus, DriverError } from '../../driver.js';
import type { CalibrationFigure } from '../calibration-figure.js';
import { codeText } from '../hcs/result-codes.js';
import { ENDS_IN_A_SECOND_UNDER_CHURN, FAULTS } from './catalogue.js';
import { skewed } from './clock-skew.js';
import { FaultSwitches, type StartingSystem, type StruckBy } from './fault-switches.js';
import { CLOCK_SKEW_MAX, FAULT_TIMES, SLOW_DISK_FACTOR } from './fault-times.js';
import { FaultsByRate } from './faults-by-rate.js';
import type { TroubledHost } from './troubled-host.js';

const CHURN_MS = 1_000;
const NOTHING: StruckBy = { faults: new Set(), draw: () => 0, afterMs: () => null };

type Away = 'machine' | 'service';

/** What is wrong with a host right now. A host without faults has none of this. */
export class HostTroubles {
  readonly switches: FaultSwitches;
  #away: { readonly what: Away; readonly reason: string } | null = null;
  #isHung = false;
  #skewMs = 0;
  #skews = 0;
  #diskSlowUntilMs = 0;
  #commitTakenUntilMs = 0;
  #boots: number;
  readonly #byRate: FaultsByRate;
  #endedAtMs: readonly number[] = [];

  constructor(
    faults: SimulatedFaults,
    private readonly host: TroubledHost,
  ) {
    const { seed = 0 } = host.spec.simulation ?? {};
    const nowMs = host.clock();
    const { firstAtMs, starts, boots } = host.past;
    this.#boots = boots;
    const provisionedAtMs = firstAtMs ?? nowMs;
    this.switches = new FaultSwitches(faults, seed, provisionedAtMs, starts, nowMs);
    this.#byRate = new FaultsByRate(this.switches, host.timers, (fault) => this.strike(fault));
    for (const { fault, atMs } of this.switches.planned) {
      host.timers.after(provisionedAtMs + atMs - nowMs, () => this.strike(fault));
    }
  }

  get isHung(): boolean {
    return this.#isHung;
  }

  get isAway(): boolean {
    return this.#away !== null;
  }

  /** By how much pulls and starts take longer. */
  get diskFactor(): number {
    return this.host.clock() < this.#diskSlowUntilMs ? SLOW_DISK_FACTOR.value : 1;
  }

  /** Throws UNREACHABLE where nobody answers; a machine without its service still renews its lease. */
  reach(needs: Away): void {
    if (this.#away === null || (this.#away.what === 'service' && needs === 'machine')) return;
    throw new DriverError('UNREACHABLE', this.#away.reason);
  }

  /** What strikes a compute system that starts. What strikes its host with it has begun then. */
  ofStart(system: StartingSystem): StruckBy {
    const struck = this.switches.ofStart(system);
    if (!this.host.faultsComeAbout()) return NOTHING;
    for (const fault of struck.faults) {
      if (fault === 'commit-exhaustion') this.#takeCommit();
      if (FAULTS[fault].occasion !== 'host') continue;
      // A machine does not go down in the middle of an answer.
      if (fault === 'host-bug-check') this.host.timers.after(0, () => this.strike(fault));
      else this.strike(fault);
    }
    return struck;
  }

  /** Whether the endpoint of one that ends now stays behind. */
  leaks(id: ComputeSystemId): boolean {
    if (!this.host.faultsComeAbout()) return false;
    const nowMs = this.host.clock();
    this.#endedAtMs = [...this.#endedAtMs.filter((atMs) => nowMs - atMs < CHURN_MS), nowMs];
    this.#endedAtMs = this.#endedAtMs.slice(-1 - ENDS_IN_A_SECOND_UNDER_CHURN);
    return this.switches.leaks(id, this.#endedAtMs.length > ENDS_IN_A_SECOND_UNDER_CHURN);
  }

  /** As the clock of the host has it. */
  told(status: ComputeSystemStatus): ComputeSystemStatus {
    return this.#skewMs === 0 ? status : skewed(status, this.#skewMs);
  }

  /** A boot heals everything but a service or a machine that is away, and brings its own faults. */
  booted(): void {
    this.#isHung = false;
    this.#skewMs = 0;
    this.#diskSlowUntilMs = 0;
    this.#boots += 1;
    this.#byRate.begin(this.#boots);
  }

  /** What cannot be ended in another way is ended by the loss of power. */
  reset(reason: string): void {
    if (this.#away?.what === 'machine') return;
    this.#away = { what: 'machine', reason };
    this.host.goDown(reason);
    this.#later(FAULT_TIMES.hostBoot, () => {
      this.#away = null;
      this.host.boot();
    });
  }

  /** Faults of compute systems need one: they strike with a start. */
  strike(fault: SimulatedFaultId): void {
    if (this.#away?.what === 'machine' || !this.host.faultsComeAbout()) return;
    switch (fault) {
      case 'host-bug-check':
        this.reset('the kernel of the host has crashed');
        return;
      case 'hcs-hang':
        this.#hang();
        return;
      case 'service-disconnect':
        this.#loseService();
        return;
      case 'slow-disk':
        this.#diskSlowUntilMs = this.host.clock() + this.#lasts(FAULT_TIMES.diskSlow);
        return;
      case 'clock-skew': {
        this.#skews += 1;
        const jump = `boot-${this.#boots}-${this.#skews}`;
        const part = 2 * this.switches.draw('clock-skew', jump) - 1;
        this.#skewMs = Math.round(part * CLOCK_SKEW_MAX.value * 1_000);
        return;
      }
      default:
        throw new Error(`${fault} does not strike a host by itself`);
    }
  }

  #hang(): void {
    if (this.#isHung) return;
    this.#isHung = true;
    this.host.freeze();
    const boot = this.#boots;
    this.#later(FAULT_TIMES.startTimeout, () => {
      if (this.#isHung && boot === this.#boots) this.reset('the compute service hung');
    });
  }

  #loseService(): void {
    if (this.#away !== null) return;
    const reason = codeText('HCS_E_SERVICE_DISCONNECT');
    const away = { what: 'service', reason } as const;
    this.#away = away;
    this.host.closeWatches(reason);
    const round = this.host.clock();
    this.host.loseStarts((id) => this.switches.draw('service-disconnect', `${round}/${id}`) < 0.5);
    this.#later(FAULT_TIMES.serviceAway, () => {
      if (this.#away === away) this.#away = null;
    });
  }

  #takeCommit(): void {
    this.host.takeCommit(true);
    this.#commitTakenUntilMs = this.host.clock() + this.#lasts(FAULT_TIMES.commitTaken);
    this.#later(FAULT_TIMES.commitTaken, () => {
      if (this.host.clock() >= this.#commitTakenUntilMs) this.host.takeCommit(false);
    });
  }

  #lasts({ value }: CalibrationFigure): number {
    return Math.round((value * 1_000) / this.host.timeScale);
  }

  #later(figure: CalibrationFigure, run: () => void): void {
    this.host.timers.after(this.#lasts(figure), run);
  }
}
