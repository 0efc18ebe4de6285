import { type ProcessFacts, processTree } from '../../bench/process-tree.js';

/** The processes of an installation that its launcher starts again when they end. */
export const PARTS = ['api', 'worker', 'simulated-host'] as const;
export type Part = (typeof PARTS)[number];

export interface Progress {
  readonly total: number;
  readonly submitted: number;
  readonly finished: number;
}

/** Kills a process of the installation, once, when so much of the import is submitted or finished. */
export interface PlannedKill {
  readonly part: Part;
  readonly when: 'submitted' | 'finished';
  readonly share: number;
}

/**
 * Watches the progress of an import and kills as planned, the way a power cut would. Answers what was
 * killed, so that a test cannot pass because nothing was.
 */
export class Killer {
  readonly killed: Part[] = [];
  private readonly left: PlannedKill[];

  constructor(
    private readonly launcherPid: number,
    plan: readonly PlannedKill[],
  ) {
    this.left = [...plan];
  }

  see(progress: Progress): void {
    const [next] = this.left;
    if (next === undefined || progress[next.when] < progress.total * next.share) return;
    this.left.shift();
    killPart(this.launcherPid, next.part);
    this.killed.push(next.part);
  }
}

/** Ends a process of an installation the way a power cut would. @throws Error where it does not run */
export function killPart(launcherPid: number, part: Part): void {
  const found = processTree(launcherPid).find((facts) => isPart(facts, part));
  if (found === undefined) throw new Error(`no ${part} runs that could be killed`);
  process.kill(found.pid, 'SIGKILL');
}

function isPart({ command }: ProcessFacts, part: Part): boolean {
  return command.includes(`apps/${part}/src/main.js`);
}
