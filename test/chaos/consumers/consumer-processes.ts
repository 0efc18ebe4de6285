import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConsumerOrder } from './consumer.main.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const COMPILE_TIMEOUT_MS = 60_000;

/** Compiles the program beside what the build has compiled, because processes need JavaScript. */
export function compileConsumer(): void {
  const require = createRequire(import.meta.url);
  const swc = join(dirname(require.resolve('@swc/cli/package.json')), 'bin/swc.js');
  const args = [swc, 'test/chaos/consumers', '--out-dir', 'dist', '--config-file', '.swcrc'];
  const options = { cwd: ROOT, stdio: 'pipe', timeout: COMPILE_TIMEOUT_MS } as const;
  execFileSync(process.execPath, [...args, '--quiet'], options);
}

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
    const program = join(ROOT, 'dist/test/chaos/consumers/consumer.main.js');
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
