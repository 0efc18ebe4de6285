import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compiledPrograms } from '../../postgres/compiled-programs.js';
import type { ReaderOrder } from './log-reader.main.js';
import type { WriterOrder } from './log-writer.main.js';
import { notesIn, type ReaderNote, type WriterNote } from './notes.js';

const PROGRAMS = 'test/chaos/load';
const STOP_WITHIN_MS = 45_000;
export const WRITERS = 4;

interface Running {
  readonly process: ChildProcess;
  readonly begun: Promise<void>;
  readonly ended: Promise<void>;
}

/** Four processes that write to one log and two that follow it, until they are told to stop. */
export class LogLoad {
  private readonly folder = mkdtempSync(join(tmpdir(), 'bulkhead-load-'));
  private readonly writerFiles: string[] = [];
  private readonly readers: Running[] = [];
  private readonly readerFiles: string[] = [];
  private readonly writers: Running[] = [];
  /** What a process said before it ended by itself with an error. */
  readonly failures: string[] = [];
  killed = 0;
  private programs = '';

  constructor(
    private readonly urls: { readonly apiUrl: string; readonly workerUrl: string },
    private readonly seed: number,
  ) {}

  /** Ends when every process has begun its work. */
  async start(): Promise<void> {
    this.programs = join(await compiledPrograms(), PROGRAMS);
    for (let nr = 0; nr < WRITERS; nr += 1) this.writers.push(this.startWriter());
    for (const listens of [true, false]) this.readers.push(this.startReader(listens));
    await Promise.all([...this.writers, ...this.readers].map(({ begun }) => begun));
  }

  /** Kills one writer in the middle of whatever it does, and starts another in its place. */
  async replaceWriter(chance: number): Promise<void> {
    const index = Math.floor(chance * this.writers.length);
    const victim = this.writers[index] as Running;
    victim.process.kill('SIGKILL');
    await victim.ended;
    this.killed += 1;
    const successor = this.startWriter();
    this.writers[index] = successor;
    await successor.begun;
  }

  /** Writers finish what they have begun. */
  async stopWriting(): Promise<void> {
    for (const { process } of this.writers) if (process.connected) process.send('stop');
    await this.within(this.writers);
  }

  /** Readers go on to the end of the log. */
  async readThrough(position: number): Promise<void> {
    for (const { process } of this.readers) if (process.connected) process.send(position);
    await this.within(this.readers);
  }

  writerNotes(): WriterNote[] {
    return this.writerFiles.flatMap((file) => notesIn<WriterNote>(file));
  }

  /** For each reader, everything that it saw, in its order. */
  seenByReaders(): string[][] {
    return this.readerFiles.map((file) => notesIn<ReaderNote>(file).flatMap((one) => one.events));
  }

  remove(): void {
    for (const { process } of [...this.writers, ...this.readers]) process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private startWriter(): Running {
    const nr = this.writerFiles.length;
    const file = join(this.folder, `writer-${nr}`);
    this.writerFiles.push(file);
    const seed = this.seed + 1_000 * (nr + 1);
    const order: WriterOrder = { url: this.urls.apiUrl, name: `w${nr}`, seed, file };
    return this.launch('log-writer.main.js', order);
  }

  private startReader(listens: boolean): Running {
    const file = join(this.folder, `reader-${listens}`);
    this.readerFiles.push(file);
    const order: ReaderOrder = { url: this.urls.workerUrl, seed: this.seed, file, listens };
    return this.launch('log-reader.main.js', order);
  }

  private launch(program: string, order: WriterOrder | ReaderOrder): Running {
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
    const child = fork(join(this.programs, program), [JSON.stringify(order)], {
      stdio: [...stdio],
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = new Promise<void>((resolve) => {
      child.once('close', (code) => {
        if (code !== null && code !== 0)
          this.failures.push(`${program} ended with ${code}: ${said}`);
        resolve();
      });
    });
    const told = new Promise<void>((resolve) => child.once('message', () => resolve()));
    return { process: child, begun: Promise.race([told, ended]), ended };
  }

  private async within(processes: readonly Running[]): Promise<void> {
    const late = sleep(STOP_WITHIN_MS, 'late', { ref: false });
    const all = Promise.all(processes.map(({ ended }) => ended));
    if ((await Promise.race([all, late])) === 'late') {
      throw new Error(`processes did not end within ${STOP_WITHIN_MS} ms`);
    }
  }
}
