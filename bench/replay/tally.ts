/** What every reader folds the log into, from the payloads: which workloads are open, and what they got. */
export class Tally {
  private events = 0;
  private reservedMiB = 0;
  private readonly openMiB = new Map<string, number>();

  fold(type: string, stream: string, payload: unknown): void {
    this.events += 1;
    switch (type) {
      case 'WorkloadSubmitted':
        this.openMiB.set(stream, (payload as Submitted).request.resources.memoryMiB);
        break;
      case 'WorkloadPlaced':
        this.reservedMiB += (payload as Placed).reserved.memoryMiB;
        break;
      default:
        if (ENDS.has(type)) this.openMiB.delete(stream);
    }
  }

  /** The same for all who read the same events, however many others they passed over. */
  get digest(): string {
    const open = [...this.openMiB.values()].reduce((sum, memoryMiB) => sum + memoryMiB, 0);
    return `${this.openMiB.size} open with ${open} MiB, ${this.reservedMiB} MiB reserved`;
  }

  get count(): number {
    return this.events;
  }
}

interface Submitted {
  readonly request: { readonly resources: { readonly memoryMiB: number } };
}

interface Placed {
  readonly reserved: { readonly memoryMiB: number };
}

const ENDS = new Set([
  'WorkloadSucceeded',
  'WorkloadFailed',
  'WorkloadCancelled',
  'WorkloadTimedOut',
  'WorkloadRejected',
]);

/** All that a projection of this kind asks the log for. */
export const TALLIED_TYPES = [
  'WorkloadSubmitted',
  'WorkloadPlaced',
  'WorkloadSucceeded',
  'WorkloadFailed',
  'WorkloadCancelled',
  'WorkloadTimedOut',
  'WorkloadRejected',
] as const;
