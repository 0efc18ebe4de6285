import type { WorkloadRequest } from '@bulkhead/domain';

/** Different requests of one batch that its further tasks are compared with; what is like none of them is kept as it is. */
const COMPARED_MAX = 8;

type Kind = Omit<WorkloadRequest, 'contentSha256'>;

/**
 * What the tasks of a batch ask for that have no workload yet. Most batches ask for the same again and again, so that
 * is kept once, and of each task only the hash of its content; of one that has its workload nothing is kept.
 */
export class TasksLeft {
  private readonly kinds: (Kind | undefined)[] = [];
  private readonly hashes: (string | undefined)[] = [];
  private readonly compared: Kind[] = [];
  /** All before it have their workloads. */
  private first = 0;

  add(firstIndex: number, tasks: readonly WorkloadRequest[]): void {
    for (const [offset, task] of tasks.entries()) {
      this.kinds[firstIndex + offset] = this.kindOf(task);
      this.hashes[firstIndex + offset] = task.contentSha256;
    }
  }

  get(index: number): WorkloadRequest | undefined {
    const [kind, contentSha256] = [this.kinds[index], this.hashes[index]];
    if (kind === undefined || contentSha256 === undefined) return undefined;
    return { ...kind, contentSha256 };
  }

  /** It has its workload. */
  begun(index: number): void {
    this.kinds[index] = undefined;
    this.hashes[index] = undefined;
    while (this.first < this.kinds.length && this.kinds[this.first] === undefined) this.first += 1;
  }

  /** The first ones, in their order. */
  next(most: number): number[] {
    const indexes: number[] = [];
    for (let at = this.first; at < this.kinds.length && indexes.length < most; at += 1) {
      if (this.kinds[at] !== undefined) indexes.push(at);
    }
    return indexes;
  }

  private kindOf(task: WorkloadRequest): Kind {
    const same = this.compared.find((one) => isSame(one, task));
    if (same !== undefined) return same;
    const { contentSha256: _contentSha256, ...kind } = task;
    if (this.compared.length < COMPARED_MAX) this.compared.push(kind);
    return kind;
  }
}

/** Whether a task asks for exactly that, whatever its content is. */
function isSame(kind: Kind, task: WorkloadRequest): boolean {
  const names = Object.keys(kind) as (keyof Kind)[];
  // The one more is the hash of its content.
  if (names.length + 1 !== Object.keys(task).length) return false;
  return names.every((name) => isEqual(kind[name], task[name]));
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [from, to] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  const names = Object.keys(from);
  return (
    names.length === Object.keys(to).length && names.every((name) => isEqual(from[name], to[name]))
  );
}
