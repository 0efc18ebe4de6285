import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The built files of this folder; packages are installed beside them, never into the repository. */
const INSTALLED = fileURLToPath(new URL('.', import.meta.url));
/** The same folder's sources, seen from where the build puts this file. */
const SOURCES = fileURLToPath(new URL('../../../bench/peers/', import.meta.url));
const FILES = ['package.json', 'package-lock.json'] as const;
const INSTALL_TIMEOUT_MS = 120_000;
const SHOWN_OUTPUT_CHARACTERS = 400;

/**
 * Installs what benchmarks compare with, as its lock file says, unless exactly that is there already.
 * Peers are a benchmark's affair only: nobody who installs Bulkhead gets them.
 *
 * @returns null, or in words why there are no peers
 */
export async function installPeers(): Promise<string | null> {
  if (FILES.every(isSame) && existsSync(`${INSTALLED}node_modules/.package-lock.json`)) return null;
  mkdirSync(INSTALLED, { recursive: true });
  copyFileSync(`${SOURCES}package.json`, `${INSTALLED}package.json`);
  copyFileSync(`${SOURCES}package-lock.json`, `${INSTALLED}package-lock.json`);
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  try {
    await promisify(execFile)('npm', words, { cwd: INSTALLED, timeout: INSTALL_TIMEOUT_MS });
    return null;
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? error);
    return `peers cannot be installed (npm ci in bench/peers): ${said.slice(0, SHOWN_OUTPUT_CHARACTERS)}`;
  }
}

function isSame(file: string): boolean {
  const installed = `${INSTALLED}${file}`;
  return (
    existsSync(installed) &&
    readFileSync(installed, 'utf8') === readFileSync(`${SOURCES}${file}`, 'utf8')
  );
}
