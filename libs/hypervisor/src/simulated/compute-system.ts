import type { RandomSource, TimeMs } from '@bulkhead/domain';
import type {
  ComputeSystemSpec,
  ComputeSystemState,
  ComputeSystemStatus,
  DriverFailure,
  Fence,
  FinishedStage,
} from '../driver.js';
import { CALIBRATION } from './calibration.js';
import { stateAfter, type Transition } from './compute-system-states.js';
import type { StruckBy } from './faults/fault-switches.js';
import { strikeRun } from './faults/run-faults.js';
import { EXIT_CODE } from './hcs/exit-codes.js';
import { hexOf } from './hcs/result-codes.js';
import type { JournalDraft } from './journal-entry.js';
import { Output } from './output.js';
import { PendingWork } from './pending-work.js';
import { type Ending, forcedEnding, planRun, type RunPlan } from './run-plan.js';
import { finishedBy, type StartPlan } from './start-plan.js';
import type { Surroundings } from './system-surroundings.js';

/** One silo or utility VM from `created` to its end. Every step is journalled before it is visible. */
export class ComputeSystem {
  readonly output = new Output();
  #state: ComputeSystemState = 'created';
  #plan: StartPlan | null = null;
  #run: RunPlan | null = null;
  #stages: readonly FinishedStage[] = [];
  #exit: ComputeSystemStatus['exit'] = null;
  #failure: DriverFailure | null = null;
  readonly #pending = new PendingWork();
  #terminating = false;
  #runningSinceMs: TimeMs | null = null;

  constructor(
    readonly spec: ComputeSystemSpec,
    private readonly random: RandomSource,
    private readonly host: Surroundings<ComputeSystem>,
  ) {}

  get state(): ComputeSystemState {
    return this.#state;
  }

  /** What strikes it, drawn with its start. */
  get struck(): StruckBy | null {
    return this.#plan?.struck ?? null;
  }

  /** It has ended, and nobody was told. */
  get isZombie(): boolean {
    return this.#state === 'exited' && this.struck?.faults.has('zombie') === true;
  }

  /** Since when it has run, or ran; null where it never did. */
  get runningSinceMs(): TimeMs | null {
    return this.#runningSinceMs;
  }

  /** True until it has ended, so that it holds what was reserved for it. */
  get isLive(): boolean {
    return this.#state !== 'exited' && this.#state !== 'start-failed';
  }

  status(): ComputeSystemStatus {
    return {
      computeSystemId: this.spec.computeSystemId,
      state: this.#state,
      stages: this.#state === 'starting' ? finishedBy(this.#plan, this.host.clock()) : this.#stages,
      exit: this.#exit,
      failure: this.#failure,
      ...(this.#plan?.clone ? { clone: this.#plan.clone } : {}),
      ...(!this.isLive && this.output.isEmpty ? { silent: true } : {}),
    };
  }

  /** Nothing happens where it was started before. The work begins here: a mere `create` costs nothing. */
  start(fence: Fence): void {
    if (this.#state !== 'created') return;
    this.journal({ kind: 'start', fence });
    this.#plan = this.host.planStart(this.spec, this.random);
    if (this.#plan.clone) this.journal({ kind: 'cloned', ...this.#plan.clone });
    this.#move('start');
    if (this.host.isHung()) return;
    const { finishedAtMs, failure } = this.#plan;
    const startMs = finishedAtMs - this.host.clock();
    this.#pending.next = this.host.timers.after(startMs, () =>
      failure ? this.failStart(failure) : this.#started(),
    );
  }

  /** Asks: one that listens ends by itself after a while. Forces after `timeoutMs`. */
  shutdown(timeoutMs: number, fence: Fence): void {
    if (!this.isLive || this.#pending.stop) return;
    this.journal({ kind: 'shutdown', fence });
    if (this.host.isHung()) return;
    const answersAfterMs = (CALIBRATION.shutdown.value * 1000) / this.host.timeScale;
    const answers = this.#run?.answersShutdown === true && answersAfterMs <= timeoutMs;
    this.#pending.stop = this.host.timers.after(answers ? answersAfterMs : timeoutMs, () =>
      answers
        ? this.end({ exitCode: EXIT_CODE.shutDown, exitType: 'GracefulExit' })
        : this.#force(),
    );
  }

  /** Forces. Nothing happens where it has ended, or is being forced already. */
  terminate(fence: Fence): void {
    this.journal({ kind: 'terminate', fence });
    if (!this.isLive || this.#terminating || this.host.isHung()) return;
    if (this.#state === 'created') this.end(forcedEnding(this.#state));
    else this.#force();
  }

  /** Ends it now, or at the earlier time that is known for it; `ranMs` is how far its run had come. */
  end({ exitCode, exitType }: Ending, atMs: TimeMs = this.host.clock(), ranMs = 0): void {
    if (!this.isLive) return;
    this.journal({ kind: 'exit', exitCode, exitType }, atMs);
    this.#pending.forget();
    if (this.#state === 'starting') this.#stages = finishedBy(this.#plan, atMs);
    this.#exit = { exitCode, exitType, exitedAtMs: atMs };
    const isUnexpected = exitType === 'UnexpectedExit';
    const lastWords = isUnexpected ? `exit code ${exitCode} (${hexOf(exitCode)})\n` : null;
    this.output.end(atMs, lastWords, ranMs);
    this.#move('end');
  }

  /** What it was about to do does not come about any more. */
  freeze(): void {
    this.#pending.forget();
  }

  /** The host goes down and takes everything with it. Nobody is told one by one. */
  vanish(): void {
    this.#pending.forget();
    this.#state = stateAfter(this.#state, 'reboot') ?? this.#state;
  }

  journal(draft: JournalDraft, atMs?: TimeMs): void {
    const { computeSystemId, workloadId, isolation, kernelInstanceId } = this.spec;
    const { kind } = draft;
    const subject = { kind, computeSystemId, workloadId, isolation, kernelInstanceId };
    // Spread first, each entry would have a layout of its own (ADR 0052).
    this.host.journal(Object.assign(subject, draft), atMs);
  }

  /** One moment for all who tell of it: a journal that takes time to be written would tell of another one. */
  #started(): void {
    const atMs = this.host.clock();
    this.journal({ kind: 'started' }, atMs);
    this.#stages = this.#plan?.stages ?? [];
    this.#run = this.#struck(planRun(this.spec, this.random));
    this.#runningSinceMs = atMs;
    this.output.begin(atMs, this.spec);
    this.#move('run');
    const { endsAfterMs, ending, escapesAfterMs, panicsHost } = this.#run;
    const { timers } = this.host;
    if (escapesAfterMs !== undefined) {
      this.#pending.escape = timers.after(escapesAfterMs, () => this.host.escape(this));
    }
    if (endsAfterMs === null) return;
    this.#pending.next = timers.after(endsAfterMs, () => {
      // Where it takes its host with it, nothing more is heard of it.
      if (panicsHost === true && this.host.panic()) return;
      this.end(ending, this.host.clock(), endsAfterMs);
    });
  }

  #struck(run: RunPlan): RunPlan {
    return this.struck === null ? run : strikeRun(run, this.struck);
  }

  /** The start that is under way comes to nothing; what had finished by then has. */
  failStart(failure: DriverFailure): void {
    this.journal({ kind: 'start-failed', detail: `${failure.code} ${failure.hresult}` });
    this.#pending.forget();
    this.#stages = this.#plan?.stages ?? [];
    this.#failure = failure;
    this.#move('fail');
  }

  /** Whatever it was about to do does not happen any more; the end takes a moment all the same. */
  #force(): void {
    this.#pending.forget();
    this.#terminating = true;
    if (this.#plan)
      this.#plan = { ...this.#plan, stages: finishedBy(this.#plan, this.host.clock()) };
    const ending = forcedEnding(this.#state);
    const stopMs = (CALIBRATION.forcedStop.value * 1000) / this.host.timeScale;
    this.#pending.stop = this.host.timers.after(stopMs, () => this.end(ending));
  }

  #move(transition: Transition): void {
    const from = this.#state;
    const next = stateAfter(from, transition);
    if (!next) throw new Error(`${transition} is impossible in state ${from}`);
    this.#state = next;
    this.host.changed(this, from);
  }
}
