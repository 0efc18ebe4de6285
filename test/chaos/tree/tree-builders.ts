import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteSigner, type SignedTreeHead, treeHeadsIn } from '@bulkhead/event-store/proof';
import { compiledPrograms } from '../../postgres/compiled-programs.js';
import type { TreeBuilderOrder } from './tree-builder.main.js';

const PROGRAM = 'test/chaos/tree/tree-builder.main.js';
const ORIGIN = 'log.example/chaos';

/** Processes that build one tree, each to be killed at any moment. */
export class TreeBuilders {
  private readonly signer: ReturnType<typeof noteSigner>;
  private readonly keyPem: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'bulkhead-tree-chaos-'));
  private readonly running = new Map<string, ChildProcess>();
  /** What a process said before it ended by itself. */
  readonly failures: string[] = [];

  constructor(private readonly url: string) {
    const { privateKey } = generateKeyPairSync('ed25519');
    this.keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    this.signer = noteSigner(ORIGIN, this.keyPem);
  }

  /** Ends when the process has begun its work. */
  async start(): Promise<void> {
    const order: TreeBuilderOrder = {
      url: this.url,
      owner: randomUUID(),
      origin: ORIGIN,
      keyPem: this.keyPem,
      verifierKeys: this.signer.verifier.verifierKey,
      headFolder: this.folder,
    };
    const program = join(await compiledPrograms(), PROGRAM);
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
    const child = fork(program, [JSON.stringify(order)], { stdio: [...stdio] });
    this.running.set(order.owner, child);
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
  }

  /** Kills the process that owns this lease, in the middle of whatever it does; false where none does. */
  async kill(owner: string | null): Promise<boolean> {
    const child = owner === null ? undefined : this.running.get(owner);
    if (owner === null || child === undefined) return false;
    this.running.delete(owner);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    return true;
  }

  /** Every head that was exported, each with its signature checked. */
  heads(): readonly SignedTreeHead[] {
    const history = readFileSync(join(this.folder, 'tree-heads.ndjson'), 'utf8');
    return treeHeadsIn(history, [this.signer.verifier]);
  }

  remove(): void {
    for (const child of this.running.values()) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
