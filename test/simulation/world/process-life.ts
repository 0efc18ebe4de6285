import type { SimulatedTime } from './simulated-time.js';

/**
 * One life of a simulated process. What reaches it, an answer, a timer or a notice, comes through here:
 * a dead one hears nothing any more, so that its code stands for ever at the await where it was, and a
 * paused one hears everything when it goes on, with whatever it believed before.
 */
export class ProcessLife {
  private state: 'running' | 'paused' | 'dead' = 'running';
  private held: (() => void)[] = [];
  private readonly mourners: (() => void)[] = [];
  /** It dies when it has come to so many more steps; null where nothing is to happen. */
  private stepsLeft: number | null = null;

  constructor(
    readonly name: string,
    private readonly time: SimulatedTime,
  ) {}

  get isDead(): boolean {
    return this.state === 'dead';
  }

  /** Waiting within this life. */
  readonly timers = {
    after: (delayMs: number, run: () => void): (() => void) => {
      let cancelled = false;
      const cancel = this.time.after(delayMs, () => {
        this.deliver(() => {
          if (!cancelled) run();
        });
      });
      return () => {
        cancelled = true;
        cancel();
      };
    },
  };

  deliver(run: () => void): void {
    if (this.state === 'running') run();
    else if (this.state === 'paused') this.held.push(run);
  }

  /** Every message that it sends and every answer that it hears is one. False where it has died of it. */
  step(): boolean {
    if (this.state === 'dead') return false;
    if (this.stepsLeft === null) return true;
    this.stepsLeft -= 1;
    if (this.stepsLeft > 0) return true;
    this.die();
    return false;
  }

  dieAfter(steps: number): void {
    this.stepsLeft = steps;
  }

  onDeath(mourner: () => void): void {
    if (this.isDead) mourner();
    else this.mourners.push(mourner);
  }

  die(): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    this.held = [];
    for (const mourner of this.mourners.splice(0)) mourner();
  }

  pause(): void {
    if (this.state === 'running') this.state = 'paused';
  }

  /** What was held is heard one after the other, each with everything that follows from it. */
  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'running';
    for (const run of this.held.splice(0)) this.time.after(0, () => this.deliver(run));
  }
}
