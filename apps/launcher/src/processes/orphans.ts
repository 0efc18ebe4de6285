import { setTimeout as sleep } from 'node:timers/promises';
import { readIfThere, writePrivateFile } from '../home/private-file.js';
import { processIdentity } from './process-identity.js';

const POLL_MS = 20;
/** Children of a killed launcher stop by themselves; past this they are forced to. */
const OWN_STOP_TIMEOUT_MS = 4_000;
const KILL_TIMEOUT_MS = 2_000;

/**
 * Remembers, in a file, which child processes a launcher has, so that the next launcher can wait
 * for those of a killed one: they hold its ports and would work on the same database.
 */
export class ChildRegister {
  private readonly identities = new Map<string, string>();

  constructor(private readonly path: string) {}

  add(name: string, pid: number): void {
    const identity = processIdentity(pid);
    if (identity === undefined) return;
    this.identities.set(name, identity);
    writePrivateFile(this.path, JSON.stringify([...this.identities.values()]));
  }

  /** Waits until the children of an earlier launcher are gone; answers how many there were. */
  async clearOrphans(): Promise<number> {
    const orphans = this.left().filter(isStillThere);
    if (orphans.length === 0) return 0;
    if (!(await areGoneWithin(orphans, OWN_STOP_TIMEOUT_MS))) {
      for (const orphan of orphans.filter(isStillThere)) process.kill(pidOf(orphan), 'SIGKILL');
      if (!(await areGoneWithin(orphans, KILL_TIMEOUT_MS))) {
        throw new Error(`Processes of an earlier start do not end: ${orphans.map(pidOf)}.`);
      }
    }
    return orphans.length;
  }

  private left(): string[] {
    try {
      return JSON.parse(readIfThere(this.path) ?? '[]');
    } catch {
      // An unreadable register says nothing; taken ports will still be noticed.
      return [];
    }
  }
}

async function areGoneWithin(identities: readonly string[], timeoutMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + timeoutMs;
  while (identities.some(isStillThere)) {
    if (performance.now() > giveUpAt) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** The identity holds the start time, so a later process with the number is not meant. */
function isStillThere(identity: string): boolean {
  return processIdentity(pidOf(identity)) === identity;
}

function pidOf(identity: string): number {
  return Number.parseInt(identity, 10);
}
