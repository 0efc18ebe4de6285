import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Mutation, mutated } from '../../mutations/mutation.js';
import type { Sought } from '../seek.js';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');
/** What the worlds are made of. */
const COPIED = ['apps', 'libs', 'test', 'package.json', '.swcrc'];
const COMPILED = ['apps', 'libs', 'test/simulation', 'test/model', 'test/domain'];
/** A bug that makes worlds run for ever is found all the same. */
const SEEK_LIMIT_MS = 1_800_000;

/** A compiled copy of the whole system, in which bugs can be planted and worlds be played. */
export class PlantedSystem {
  private constructor(private readonly folder: string) {}

  static async make(): Promise<PlantedSystem> {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-planted-'));
    for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const system = new PlantedSystem(folder);
    await system.compile(COMPILED, 'dist');
    return system;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Plants the bug, plays at most so many seeds until one fails, and takes it out again. */
  async seek({ edits }: Mutation, seedsMax: number): Promise<Sought> {
    const sources = new Map<string, string>();
    try {
      for (const { file, ...edit } of edits) {
        const source = readFileSync(join(this.folder, file), 'utf8');
        if (!sources.has(file)) sources.set(file, source);
        writeFileSync(join(this.folder, file), mutated(source, { file, ...edit }));
      }
      await this.compileFiles([...sources.keys()]);
      return await this.play(seedsMax);
    } finally {
      for (const [file, source] of sources) writeFileSync(join(this.folder, file), source);
      await this.compileFiles([...sources.keys()]);
    }
  }

  /** Plays at most so many seeds of the system as it stands. */
  async play(seedsMax: number): Promise<Sought> {
    const script = join(this.folder, 'dist/test/simulation/seek.js');
    const answer = run(process.execPath, [script, '1', `${seedsMax}`], {
      cwd: this.folder,
      timeout: SEEK_LIMIT_MS,
    });
    const { stdout } = await answer.catch((error: Error & { stdout?: string }) => ({
      stdout: error.stdout ?? '',
    }));
    const last = stdout.trim().split('\n').at(-1) ?? '';
    if (last !== '') return JSON.parse(last) as Sought;
    return { seed: null, failure: 'did not end', seeds: seedsMax, seconds: 0 };
  }

  private async compileFiles(files: readonly string[]): Promise<void> {
    for (const file of files) {
      await this.compile([file], join('dist', dirname(file)), ['--strip-leading-paths']);
    }
  }

  private async compile(what: readonly string[], into: string, how: readonly string[] = []) {
    const swc = join(root, 'node_modules/.bin/swc');
    const words = [...what, '--out-dir', into, '--config-file', '.swcrc', '--quiet', ...how];
    await run(swc, words, { cwd: this.folder });
  }
}
