import { RequestRefused } from '../http/problem.js';
import { counted } from '../output/counted.js';
import type { ImportOptions } from './import-options.js';
import type { ImportSurroundings } from './import-surroundings.js';
import type { HostRequest } from './plan-hosts.js';
import { readHosts } from './platform.js';
import { registerHosts } from './register-hosts.js';

type Change = 'cordon' | 'uncordon';

const HOSTS_UP_TIMEOUT_MS = 120_000;
const HOSTS_UP_POLL_MS = 200;

/**
 * The hosts that an import registers, and those of others that it keeps its jobs off. However far it came,
 * `giveBack` leaves a fleet on which later work runs at its own pace.
 */
export class ImportFleet {
  private readonly own: string[] = [];
  private readonly others: string[] = [];

  constructor(
    private readonly options: Pick<ImportOptions, 'keepHosts'>,
    private readonly around: ImportSurroundings,
  ) {}

  /** How many hosts the import registered. */
  get size(): number {
    return this.own.length;
  }

  /** Registers hosts and waits until every one has booted. */
  async register(hosts: readonly HostRequest[]): Promise<void> {
    const { operator, runId, nowMs, sleep, signal, step } = this.around;
    step(`Registering ${counted(hosts.length, 'host')} and waiting for their boot.`);
    await registerHosts(operator, runId, hosts, {
      registered: (id) => this.own.push(id),
      timeoutMs: HOSTS_UP_TIMEOUT_MS,
      pollMs: HOSTS_UP_POLL_MS,
      nowMs,
      sleep,
      signal,
    });
  }

  /** Keeps the jobs to the import's own hosts: every other host that is open is cordoned until the end. */
  async cordonOthers(): Promise<void> {
    const { operator, runId, step } = this.around;
    const own = new Set(this.own);
    const open = (await readHosts(operator)).filter(
      ({ id, open: isOpen }) => !own.has(id) && isOpen,
    );
    if (open.length === 0) return;
    step(`Cordoning ${counted(open.length, 'other host')} until the end.`);
    for (const { id } of open) {
      this.others.push(id);
      await this.change(id, 'cordon', `import ${runId} runs on its own hosts`);
    }
  }

  /** Opens what was cordoned, and cordons the import's own hosts, whose stages run at its speed. */
  async giveBack(): Promise<void> {
    const { runId, step } = this.around;
    for (const id of this.others)
      await this.changeBack(id, 'uncordon', `import ${runId} has ended`);
    if (this.options.keepHosts === true || this.own.length === 0) return;
    step(
      `Cordoning the import's own ${counted(this.own.length, 'host')}. They stay in the fleet until each is drained and retired.`,
    );
    const reason = `import ${runId} has ended; this host runs at its speed`;
    for (const id of this.own) await this.changeBack(id, 'cordon', reason);
  }

  /** An import takes hours, in which operators go on: a host that they have retired is no reason to leave the others as they are. */
  private async changeBack(id: string, verb: Change, reason: string): Promise<void> {
    try {
      await this.change(id, verb, reason);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      this.around.step(`Could not ${verb} ${id}: ${error.message}`);
    }
  }

  private change(id: string, verb: Change, reason: string): Promise<unknown> {
    const { operator, runId } = this.around;
    return operator.post(`/v1/hosts/${id}/${verb}`, { reason }, `${runId}-${verb}-${id}`);
  }
}
