import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Mutation } from '../../mutations/mutation.js';
import { PlantedBuild } from '../../mutations/planted-build.js';
import type { Sought } from '../seek.js';

const run = promisify(execFile);
/** What the worlds are made of. */
const COMPILED = ['apps', 'libs', 'test/simulation', 'test/model', 'test/domain'];
/** A bug that makes worlds run for ever is found all the same. */
const SEEK_LIMIT_MS = 1_800_000;

/** A compiled copy of the whole system, in which bugs can be planted and worlds be played. */
export class PlantedSystem {
  private constructor(private readonly build: PlantedBuild) {}

  static async make(): Promise<PlantedSystem> {
    return new PlantedSystem(await PlantedBuild.make(COMPILED));
  }

  remove(): void {
    this.build.remove();
  }

  /** Plants the bug, plays at most so many seeds until one fails, and takes it out again. */
  seek(bug: Mutation, seedsMax: number): Promise<Sought> {
    return this.build.with(bug, () => this.play(seedsMax));
  }

  /** Plays at most so many seeds of the system as it stands. */
  async play(seedsMax: number): Promise<Sought> {
    const script = join(this.build.programs, 'test/simulation/seek.js');
    const answer = run(process.execPath, [script, '1', `${seedsMax}`], {
      cwd: this.build.folder,
      timeout: SEEK_LIMIT_MS,
    });
    const { stdout } = await answer.catch((error: Error & { stdout?: string }) => ({
      stdout: error.stdout ?? '',
    }));
    const last = stdout.trim().split('\n').at(-1) ?? '';
    if (last !== '') return JSON.parse(last) as Sought;
    return { seed: null, failure: 'did not end', seeds: seedsMax, seconds: 0 };
  }
}
