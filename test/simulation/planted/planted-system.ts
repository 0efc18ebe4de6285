import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Mutation } from '../../mutations/mutation.js';
import { PlantedBuild } from '../../mutations/planted-build.js';
import type { Sought } from '../seek.js';

const run = promisify(execFile);
const MS = 1_000;
/** What the worlds are made of. */
const COMPILED = ['apps', 'libs', 'test/simulation', 'test/model', 'test/domain'];
/** Patience with all worlds together. Where it runs out, nothing was found in those that were played. */
const SEEK_LIMIT_MS = 1_800_000;
/** A bug that makes a world run for ever is found all the same: none takes a tenth of this. */
const WORLD_LIMIT_SECONDS = 300;

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
    const beganAtMs = performance.now();
    const script = join(this.build.programs, 'test/simulation/seek.js');
    const answer = run(process.execPath, [script, '1', `${seedsMax}`], {
      cwd: this.build.folder,
      timeout: SEEK_LIMIT_MS,
    });
    const { stdout } = await answer.catch((error: Error & { stdout?: string }) => ({
      stdout: error.stdout ?? '',
    }));
    return foundBy(stdout, Math.round((performance.now() - beganAtMs) / MS));
  }
}

/** What seeking came to by what it said until it ended, or was ended. */
export function foundBy(said: string, seconds: number): Sought {
  const last = said.trim().split('\n').at(-1) ?? '';
  const sought: Sought =
    last === '' ? { seed: null, failure: null, seeds: 0, seconds: 0 } : JSON.parse(last);
  const isStuck = sought.failure === null && seconds - sought.seconds > WORLD_LIMIT_SECONDS;
  return isStuck ? { ...sought, failure: 'a world did not end', seconds } : sought;
}
