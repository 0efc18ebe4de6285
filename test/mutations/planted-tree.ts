import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Mutation, mutated } from './mutation.js';

const root = resolve(import.meta.dirname, '../..');
/** What the suites read. */
const COPIED = ['libs', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** A bug that makes a suite run for ever is caught all the same. */
const SUITES_LIMIT_MS = 240_000;
/** The suites that have to catch what is planted, by the folder that they stand in. */
export const suites = { model: 'test/model', specs: 'libs/domain' } as const;

/** Of the model's tests, the one that judges: what the others say of a system with a bug is no catch. */
const JUDGES = /keeps every invariant/;

/** How many tests of each suite failed; `ended` is false where they were stopped. */
export interface Kills {
  readonly model: number;
  readonly specs: number;
  readonly ended: boolean;
}

interface JsonReport {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

/** A copy of the sources, in which bugs can be planted and the suites run as they stand. */
export class PlantedTree {
  private readonly folder = mkdtempSync(join(tmpdir(), 'bulkhead-mutations-'));

  constructor() {
    for (const name of COPIED)
      cpSync(join(root, name), join(this.folder, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Plants the bug, runs the suites, and takes it out again. */
  async killsOf({ edits }: Mutation): Promise<Kills> {
    const sources = new Map<string, string>();
    try {
      for (const edit of edits) {
        const path = join(this.folder, 'libs/domain/src', edit.file);
        const source = readFileSync(path, 'utf8');
        if (!sources.has(path)) sources.set(path, source);
        writeFileSync(path, mutated(source, edit));
      }
      return await this.runSuites();
    } finally {
      for (const [path, source] of sources) writeFileSync(path, source);
    }
  }

  /** @throws Error where the suites could not be run at all */
  async runSuites(): Promise<Kills> {
    const output = join(this.folder, 'report.json');
    rmSync(output, { force: true });
    const words = ['vitest', 'run', '--project', 'unit', '--project', 'sim', '--reporter=json'];
    const { ended, told } = await this.run([...words, `--outputFile=${output}`]);
    if (!ended) return { model: 0, specs: 0, ended };
    const { testResults, numTotalTests } = readReport(output, told);
    if (numTotalTests === 0) throw new Error(`the suites have no tests: ${told}`);
    const failedIn = (suite: string, counts = /./) =>
      testResults
        .filter(({ name }) => name.startsWith(join(this.folder, suite)))
        .flatMap(({ status, assertionResults }) =>
          // A file that does not even load has no tests that could fail.
          assertionResults.length === 0 ? [{ status, title: 'loads' }] : assertionResults,
        )
        .filter(({ status, title }) => status === 'failed' && counts.test(title)).length;
    return { model: failedIn(suites.model, JUDGES), specs: failedIn(suites.specs), ended };
  }

  private run(words: readonly string[]): Promise<{ ended: boolean; told: string }> {
    const { VITEST: _vitest, NODE_OPTIONS: _options, ...environment } = process.env;
    const child = spawn('npx', [...words, ...Object.values(suites)], {
      cwd: this.folder,
      // A failure is only counted, so that nothing is gained by making it short.
      env: { ...environment, MODEL_SHRINK_TRIES: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let told = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        told = `${told}${chunk}`.slice(-4_000);
      });
    }
    return new Promise((settle, fail) => {
      let ended = true;
      const limit = setTimeout(() => {
        ended = false;
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      }, SUITES_LIMIT_MS);
      child.once('error', fail);
      child.once('close', () => {
        clearTimeout(limit);
        settle({ ended, told });
      });
    });
  }
}

function readReport(path: string, told: string): JsonReport {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JsonReport;
  } catch {
    throw new Error(`the suites did not run: ${told}`);
  }
}
