import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { compiledPrograms } from '../../postgres/compiled-programs.js';
import type { ConsumerOrder } from './consumer.main.js';

const PROGRAM = 'test/chaos/consumers/consumer.main.js';

/** Processes that each want to follow the log under one consumer's name. */
export class ConsumerProcesses {
  private readonly running = new Map<string, ChildProcess>();
  /** What a process said before it ended by itself with an error. */
  readonly failures: string[] = [];

  constructor(
    private readonly url: string,
    private readonly name: string,
  ) {}

  /** The owner's id, once the process has begun its work. */
  async start(unknownType?: string): Promise<string> {
    const owner = randomUUID();
    const { url, name } = this;
    const order: ConsumerOrder = { url, owner, name, ...(unknownType && { unknownType }) };
    const program = join(await compiledPrograms(), PROGRAM);
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
    const child = fork(program, [JSON.stringify(order)], { stdio: [...stdio] });
    this.running.set(owner, child);
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await new Promise<void>((resolve) => {
      child.once('message', () => resolve());
      child.once('close', (code) => {
        if (code !== null && code !== 0) this.failures.push(said);
        resolve();
      });
    });
    return owner;
  }

  isAlive(owner: string): boolean {
    return this.running.get(owner)?.exitCode === null;
  }

  /** As a power cut would. */
  async kill(owner: string): Promise<void> {
    const child = this.running.get(owner);
    if (child === undefined) throw new Error(`no process is ${owner}`);
    this.running.delete(owner);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.running.keys()].map((owner) => this.kill(owner)));
  }
}
