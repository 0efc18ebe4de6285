import { readdirSync, readFileSync } from 'node:fs';

/** One running process, as Linux shows it. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
  /** Its own, and that of its children that have ended. */
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
}

/** Linux counts processor time in ticks of a hundredth of a second, whatever the machine. */
const TICKS_PER_SECOND = 100;
/** Fields of /proc/PID/stat, counted after the command's closing bracket. */
const PARENT_FIELD = 1;
const TIME_FIELDS = [11, 12, 13, 14] as const;

/** A process and everything below it; empty where the system is no Linux. */
export function processTree(rootPid: number): readonly ProcessFacts[] {
  const all = readAll();
  const found: ProcessFacts[] = all.filter(({ pid }) => pid === rootPid);
  for (let at = 0; at < found.length; at += 1) {
    const parent = found[at];
    found.push(...all.filter(({ parentPid }) => parentPid === parent?.pid));
  }
  return found;
}

function readAll(): ProcessFacts[] {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => read(Number(name)) ?? []);
}

/** Undefined for a process that ended meanwhile. */
function read(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const ticks = TIME_FIELDS.reduce((sum, field) => sum + Number(fields[field]), 0);
    return {
      pid,
      parentPid: Number(fields[PARENT_FIELD]),
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
      cpuSeconds: ticks / TICKS_PER_SECOND,
      peakRssMiB: Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024),
    };
  } catch {
    return undefined;
  }
}
