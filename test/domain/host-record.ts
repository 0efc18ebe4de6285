import type { JournalEntry } from '@bulkhead/checker';
import type {
  ComputeSystemId,
  ExitType,
  HostId,
  Isolation,
  KernelInstanceId,
  WorkloadId,
} from '@bulkhead/domain';

interface System {
  readonly workloadId: WorkloadId;
  readonly isolation: Isolation;
  readonly kernelInstanceId: KernelInstanceId;
  state: 'created' | 'starting' | 'running' | 'ended';
  exit: { exitCode: number; exitType: ExitType } | null;
}

/** A host that does what it is asked at once, and journals it. */
export class HostRecord {
  readonly entries: JournalEntry[] = [];
  readonly systems = new Map<ComputeSystemId, System>();
  private boots = 0;

  constructor(readonly hostId: HostId) {}

  get bootId(): string {
    return `${this.hostId}-boot-${this.boots}`;
  }

  boot(atMs: number): void {
    this.boots += 1;
    this.systems.clear();
    this.write(atMs, { kind: 'boot' });
  }

  createAndStart(
    atMs: number,
    id: ComputeSystemId,
    spec: Omit<System, 'state' | 'exit'>,
    cause: number,
  ): void {
    if (this.systems.has(id)) return;
    const told = { ...spec, computeSystemId: id, fence: { token: 1, cause } };
    this.systems.set(id, { ...spec, state: 'starting', exit: null });
    this.write(atMs, { kind: 'create', ...told });
    this.write(atMs, { kind: 'start', ...told });
  }

  started(atMs: number, id: ComputeSystemId): boolean {
    const system = this.systems.get(id);
    if (system?.state !== 'starting') return false;
    system.state = 'running';
    this.write(atMs, { kind: 'started', ...this.told(id) });
    return true;
  }

  exit(atMs: number, id: ComputeSystemId, exitCode: number, exitType: ExitType): boolean {
    const system = this.systems.get(id);
    if (system?.state !== 'starting' && system?.state !== 'running') return false;
    system.state = 'ended';
    system.exit = { exitCode, exitType };
    this.write(atMs, { kind: 'exit', ...this.told(id), exitCode, exitType });
    return true;
  }

  release(atMs: number, id: ComputeSystemId, cause: number): void {
    this.write(atMs, { kind: 'release', ...this.told(id), fence: { token: 1, cause } });
    this.systems.delete(id);
  }

  private told(id: ComputeSystemId): Partial<JournalEntry> {
    const system = this.systems.get(id);
    if (system === undefined) return { computeSystemId: id };
    const { workloadId, isolation, kernelInstanceId } = system;
    return { computeSystemId: id, workloadId, isolation, kernelInstanceId };
  }

  private write(atMs: number, entry: Partial<JournalEntry> & { kind: string }): void {
    this.entries.push({ seq: this.entries.length + 1, atMs, bootId: this.bootId, ...entry });
  }
}
