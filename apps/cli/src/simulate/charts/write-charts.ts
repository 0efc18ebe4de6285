import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes drawings by their file names, into a folder that is made where it is missing. */
export function writeCharts(folder: string, charts: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of charts) writeFileSync(join(folder, name), svg);
}
