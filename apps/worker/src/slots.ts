/** Runs at most `max` things at once; the others wait in the order in which they came. */
export class Slots {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private idle: (() => void)[] = [];

  constructor(private readonly max: number) {}

  /** What runs and what waits. */
  get taken(): number {
    return this.running + this.waiting.length;
  }

  async run<T>(act: () => Promise<T>): Promise<T> {
    if (this.running >= this.max) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    } else {
      this.running += 1;
    }
    try {
      return await act();
    } finally {
      this.handOn();
    }
  }

  /** Ends when nothing runs any more. */
  async settled(): Promise<void> {
    if (this.taken === 0) return;
    await new Promise<void>((resolve) => {
      this.idle.push(resolve);
    });
  }

  /** The slot goes to the next in line without becoming free in between. */
  private handOn(): void {
    const next = this.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.running -= 1;
    if (this.running > 0) return;
    const idle = this.idle;
    this.idle = [];
    for (const resolve of idle) resolve();
  }
}
