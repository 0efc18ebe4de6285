import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { quietPort } from '../quiet-port.js';

export const REDIS_PROGRAM = 'redis-server';
const START_TRIES_MAX = 200;
const START_RETRY_MS = 25;

export const redisIsInstalled = spawnSync(REDIS_PROGRAM, ['--version']).status === 0;

/** A Redis of a test's own on a free port. Unless options say otherwise it keeps nothing: what it held is gone when it ends. */
export class RedisServer {
  private child: ChildProcess | null = null;
  private readonly folder = mkdtempSync(join(tmpdir(), 'bulkhead-redis-'));

  private constructor(
    readonly port: number,
    private readonly options: readonly string[],
  ) {}

  /** Options as on the command line of redis-server, `['--requirepass', 'word']`. */
  static async start(options: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(await quietPort(), options);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it on the port that it had, with what its options had it keep. */
  async run(): Promise<void> {
    const fixed = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder];
    const forgetful = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning'];
    this.child = spawn(REDIS_PROGRAM, [...fixed, ...forgetful, ...this.options], {
      stdio: 'ignore',
    });
    for (let tries = 1; !(await isListening(this.port)); tries += 1) {
      if (tries >= START_TRIES_MAX) {
        await this.kill();
        throw new Error(`${REDIS_PROGRAM} does not listen`);
      }
      await sleep(START_RETRY_MS);
    }
  }

  /** As by a power cut: nothing is said to those who are connected. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Has it stand still, and go on: connections stay, and nothing answers on them. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  async flushAll(): Promise<void> {
    const client = new Redis(this.url);
    await client.flushall();
    client.disconnect();
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
