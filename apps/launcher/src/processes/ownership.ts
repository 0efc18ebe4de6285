import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { processIdentity } from './process-identity.js';

const MAX_CLAIM_ATTEMPTS = 5;

/** A folder can have one owner at a time; this says who has it. */
export class AlreadyOwned extends Error {
  constructor(
    readonly path: string,
    readonly ownerPid: number,
  ) {
    super(`Process ${ownerPid} already uses this folder (${path}). Stop it first.`);
    this.name = 'AlreadyOwned';
  }
}

/**
 * Writes this process into an owner file, unless a living process stands in it: then it throws
 * AlreadyOwned. An owner that was killed does not block its successor. Returns the function that
 * gives the ownership back.
 */
export function claimOwnership(path: string): () => void {
  const self = processIdentity(process.pid) ?? String(process.pid);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${self}\n`, { mode: 0o600 });
  try {
    for (let attempt = 1; attempt <= MAX_CLAIM_ATTEMPTS; attempt += 1) {
      // A hard link either creates the whole file or fails, so nobody reads half an owner.
      if (tryLink(draft, path)) return () => giveBack(path, self);
      const owner = readOwner(path);
      if (owner !== undefined && isAlive(owner)) throw new AlreadyOwned(path, pidOf(owner));
      rmSync(path, { force: true });
    }
    throw new Error(`Could not claim ${path} in ${MAX_CLAIM_ATTEMPTS} attempts.`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function giveBack(path: string, self: string): void {
  if (readOwner(path) === self) rmSync(path, { force: true });
}

function isAlive(owner: string): boolean {
  const pid = pidOf(owner);
  return Number.isSafeInteger(pid) && pid > 0 && processIdentity(pid) === owner;
}

function pidOf(owner: string): number {
  return Number.parseInt(owner, 10);
}
