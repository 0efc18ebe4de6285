import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { whyUnwritable } from '../../output/file-trouble.js';

/** Charts cannot be put where they were wanted. */
export class UnwritableCharts extends Error {
  override readonly name = 'UnwritableCharts';
}

/**
 * Makes the folder of charts where it is missing, and tries it: whoever waits for a long run is not to hear afterwards that
 * its charts have no place.
 * @throws UnwritableCharts
 */
export function makeChartsFolder(folder: string): void {
  const path = resolve(folder);
  attempt(folder, () => {
    // One by one from the first that is missing: in /proc and the like, `recursive` tries for ever.
    for (const missing of missingFolders(path)) mkdirSync(missing);
    if (!statSync(path).isDirectory()) throw new UnwritableCharts(`${folder} is no folder`);
    const trial = join(path, `.bulkhead-${process.pid}`);
    writeFileSync(trial, '');
    rmSync(trial);
  });
}

/** Writes drawings by their file names. @throws UnwritableCharts */
export function writeCharts(folder: string, charts: ReadonlyMap<string, string>): void {
  attempt(folder, () => {
    for (const [name, svg] of charts) writeFileSync(join(folder, name), svg);
  });
}

/** What has to be made, the outermost first; the root is always there. */
function missingFolders(path: string): readonly string[] {
  return existsSync(path) ? [] : [...missingFolders(dirname(path)), path];
}

function attempt(folder: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof UnwritableCharts) throw error;
    const { path = folder } = error as NodeJS.ErrnoException;
    const why = `${path} cannot be made: ${whyUnwritable(error)}`;
    throw new UnwritableCharts(`no charts can be written to ${folder}: ${why}`);
  }
}
