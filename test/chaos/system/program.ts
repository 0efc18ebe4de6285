import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const UP_WITHIN_MS = 180_000;
/** Twice what the slowest of them promises, for a busy machine. */
const ENDED_WITHIN_MS = 60_000;
const POLL_MS = 20;
const TOLD_KEPT_CHARS = 4_000;

export interface ProgramFile {
  /** Unique in its installation, and the name of its output's file. */
  readonly name: string;
  readonly entry: string;
  /** What it says once it is up. */
  readonly upWhen: RegExp;
  readonly outputFile: string;
}

/** A program of the product as a process, which may be killed, stopped, continued and started again. */
export class Program {
  private child: ChildProcess | null = null;
  private said = '';
  private isPaused = false;
  private cameUp = false;
  /** How a process that was asked to end, or ended by itself, left. */
  lastExit: { readonly code: number | null; readonly tookMs: number } | null = null;

  constructor(
    readonly file: ProgramFile,
    /** Asked anew for each start, so that every life may have another clock. */
    private readonly environment: () => Readonly<Record<string, string>>,
  ) {}

  get name(): string {
    return this.file.name;
  }

  get runs(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Whether it runs and has said so. */
  get isUp(): boolean {
    return this.runs && this.cameUp;
  }

  get paused(): boolean {
    return this.isPaused;
  }

  /** Ends when it is up; one that gives up on its way is started again. @throws Error with its last words */
  async start(): Promise<void> {
    const giveUpAtMs = performance.now() + UP_WITHIN_MS;
    while (performance.now() < giveUpAtMs) {
      if (!this.runs) await this.begin();
      if (this.isUp) return;
      await sleep(POLL_MS);
    }
    throw new Error(`${this.name} did not come up: ${this.said.slice(-TOLD_KEPT_CHARS)}`);
  }

  /** Starts it and waits for nothing: a Postgres that is away may keep it from coming up. */
  async begin(): Promise<void> {
    if (this.runs) throw new Error(`${this.name} runs already`);
    this.said = '';
    this.cameUp = false;
    this.isPaused = false;
    const environment = { PATH: process.env['PATH'] ?? '', ...this.environment() };
    const child = spawn(process.execPath, [this.file.entry], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const output = createWriteStream(this.file.outputFile, { flags: 'a' });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.said = `${this.said}${chunk}`.slice(-2 * TOLD_KEPT_CHARS);
        this.cameUp ||= this.file.upWhen.test(this.said);
        output.write(chunk);
      });
    }
    child.once('close', () => output.end());
  }

  /** As a power cut would; false where it did not run. */
  async kill(): Promise<boolean> {
    const wasUp = this.runs;
    await this.end('SIGKILL');
    return wasUp;
  }

  /**
   * As an orchestrator does, and waits for as long as the process may take.
   * @throws Error for one that had to be killed in the end: none may go on for longer than it promises
   */
  async stop(): Promise<void> {
    this.resume();
    const beganAtMs = performance.now();
    let isKilled = false;
    const patience = setTimeout(() => {
      isKilled = true;
      this.child?.kill('SIGKILL');
    }, ENDED_WITHIN_MS);
    const code = await this.end('SIGTERM').finally(() => clearTimeout(patience));
    this.lastExit = { code, tookMs: performance.now() - beganAtMs };
    if (isKilled) throw new Error(`${this.name} had not ended ${ENDED_WITHIN_MS} ms after SIGTERM`);
  }

  /** As Ctrl-C does; whoever supervises it may tell it to stop at the same time. */
  interrupt(): void {
    this.child?.kill('SIGINT');
  }

  pause(): void {
    if (!this.runs) return;
    this.child?.kill('SIGSTOP');
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    if (this.runs) this.child?.kill('SIGCONT');
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (child === null || !this.runs) return child?.exitCode ?? null;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
    this.isPaused = false;
    return child.exitCode;
  }
}
