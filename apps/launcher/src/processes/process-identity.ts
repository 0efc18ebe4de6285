import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const PS_TIMEOUT_MS = 2_000;
/** Fields of /proc/PID/stat, counted after the command's closing bracket. */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

/**
 * Says whether a process runs. A zombie counts as gone: it holds no port and no file, and where
 * nobody reaps it (a container without an init) it would otherwise look alive for ever.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return statFields(pid)?.[STATE_FIELD] !== 'Z';
}

/**
 * Names a process so that a later process with the same number is not mistaken for it: the
 * number and the time it started. Returns undefined when no such process runs.
 */
export function processIdentity(pid: number): string | undefined {
  if (!isRunning(pid)) return undefined;
  const startTime = statFields(pid)?.[START_TIME_FIELD] ?? startTimeFromPs(pid);
  return `${pid}@${startTime ?? 'unknown'}`;
}

function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const options = { encoding: 'utf8', timeout: PS_TIMEOUT_MS } as const;
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim() || undefined;
  } catch {
    return undefined;
  }
}
