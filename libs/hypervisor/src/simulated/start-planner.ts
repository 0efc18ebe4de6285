import type { Clock, HostSpec, RandomSource } from '@bulkhead/domain';
import type { ComputeSystemSpec, ComputeSystemState } from '../driver.js';
import type { HostTroubles } from './faults/host-troubles.js';
import type { HostResources } from './host-resources.js';
import { planStart, type StartPlan } from './start-plan.js';
import type { VmTemplates } from './vm-templates.js';

export interface PlannerSurroundings {
  readonly host: HostSpec;
  readonly clock: Clock;
  readonly timeScale: number;
  readonly resources: HostResources;
  templates(): VmTemplates;
  troubles(): HostTroubles | null;
}

/** Plans the starts of one host, and knows how many are under way. */
export class StartPlanner {
  #starting = 0;

  constructor(private readonly around: PlannerSurroundings) {}

  plan(spec: ComputeSystemSpec, random: RandomSource): StartPlan {
    const { host, clock, resources, timeScale } = this.around;
    const { computeSystemId: id, isolation } = spec;
    const [nowMs, othersStarting] = [clock(), this.#starting];
    const troubles = this.around.troubles();
    const struck = troubles?.ofStart({ id, isolation, othersStarting, nowMs }) ?? null;
    const clone = this.around.templates().begin(spec);
    const diskFactor = troubles?.diskFactor ?? 1;
    const conditions = { nowMs, othersStarting, clone, struck, diskFactor };
    return planStart(spec, random, { host, resources, timeScale, ...conditions });
  }

  moved(from: ComputeSystemState, to: ComputeSystemState): void {
    if (to === 'starting') this.#starting++;
    if (from === 'starting') this.#starting--;
  }

  reboot(): void {
    this.#starting = 0;
  }
}
