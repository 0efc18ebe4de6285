import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Mutation, mutated } from './mutation.js';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
/** What a build is made from; `test` only where something of it is compiled too. */
const COPIED = ['apps', 'libs', 'test', 'package.json', '.swcrc'];

/** A compiled copy of the system, in which bugs can be planted. Files are named from the repository's root. */
export class PlantedBuild {
  private constructor(readonly folder: string) {}

  /** @param compiled folders, from the repository's root */
  static async make(compiled: readonly string[]): Promise<PlantedBuild> {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-planted-'));
    for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const build = new PlantedBuild(folder);
    await build.compile(compiled);
    return build;
  }

  /** Where the compiled programs stand, below the same paths as their sources. */
  get programs(): string {
    return join(this.folder, 'dist');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Plants the bug, acts, and takes it out again. */
  async with<T>({ edits }: Mutation, act: () => Promise<T>): Promise<T> {
    const sources = new Map<string, string>();
    try {
      for (const { file, ...edit } of edits) {
        const source = readFileSync(join(this.folder, file), 'utf8');
        if (!sources.has(file)) sources.set(file, source);
        writeFileSync(join(this.folder, file), mutated(source, { file, ...edit }));
      }
      await this.compile([...sources.keys()]);
      return await act();
    } finally {
      for (const [file, source] of sources) writeFileSync(join(this.folder, file), source);
      await this.compile([...sources.keys()]);
    }
  }

  /** Folders or files, each below its own path. */
  private async compile(what: readonly string[]): Promise<void> {
    const swc = join(root, 'node_modules/.bin/swc');
    const words = [...what, '--out-dir', 'dist', '--config-file', '.swcrc', '--quiet'];
    await run(swc, words, { cwd: this.folder });
  }
}
