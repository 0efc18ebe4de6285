import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './source-tree.js';

const SETTINGS = [
  '.dependency-cruiser.cjs',
  '.dependency-cruiser.libraries.cjs',
  '.dependency-cruiser.parts.cjs',
  '.gitignore',
  'biome.json',
  'package.json',
  'tsconfig.json',
  'libs/domain/tsconfig.json',
];

export interface PlantedTree {
  readonly folder: string;
  remove(): void;
}

/**
 * A folder outside the repository with the repository's own settings and packages, and only the files
 * given: what a tool finds there it found in a planted file.
 */
export function plantTree(files: Readonly<Record<string, string>>): PlantedTree {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bulkhead-planted-')));
  const within = (path: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    return join(folder, path);
  };
  for (const path of SETTINGS) copyFileSync(join(ROOT, path), within(path));
  for (const [path, text] of Object.entries(files)) writeFileSync(within(path), text);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
