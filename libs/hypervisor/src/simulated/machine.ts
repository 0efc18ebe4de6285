import type { Clock, ComputeSystemId, HostSpec, TemplateId, TimeMs } from '@bulkhead/domain';
import type { ComputeSystemSpec, ComputeSystemState, ComputeSystemStatus } from '../driver.js';
import type { VmTemplateSpec } from '../template-control.js';
import { reservationOf, reservationOfBooted } from './capacity.js';
import { ComputeSystem } from './compute-system.js';
import { breakOut } from './faults/escape.js';
import type { HostTroubles } from './faults/host-troubles.js';
import { HostResources } from './host-resources.js';
import type { HostJournal } from './journal-entry.js';
import { Kernels } from './kernels.js';
import { randomOf } from './random.js';
import { type Refusal, withoutHyperV } from './refusal.js';
import type { Ending } from './run-plan.js';
import { StartPlanner } from './start-planner.js';
import type { Surroundings } from './system-surroundings.js';
import { templateTimes } from './template-times.js';
import type { Timers } from './timers.js';
import { VmTemplates } from './vm-templates.js';

export interface MachineSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly journal: HostJournal;
  readonly timeScale: number;
  readonly changed: (status: ComputeSystemStatus) => void;
  /** Templates that earlier boots had. */
  readonly spentTemplates: Iterable<TemplateId>;
  /** Null where nothing ever goes wrong. */
  troubles(): HostTroubles | null;
  /** The kernel of the host is to crash; false where a workload cannot make it. */
  panic(): boolean;
}

const DEFAULT_SEED = 1;

/** What is on a host right now: its compute systems, and what they hold of it. */
export class Machine {
  readonly #systems = new Map<ComputeSystemId, ComputeSystem>();
  readonly #kernels = new Kernels();
  readonly resources: HostResources;
  readonly #surroundings: Surroundings<ComputeSystem>;
  readonly #starts: StartPlanner;
  readonly templates: VmTemplates;
  readonly #seed: number;

  constructor(
    private readonly host: HostSpec,
    private readonly around: MachineSurroundings,
  ) {
    const { clock, timers, journal, timeScale } = around;
    this.#seed = host.simulation?.seed ?? DEFAULT_SEED;
    this.resources = new HostResources(host, timeScale, () => this.templates.heldMiB);
    this.#starts = new StartPlanner({
      host,
      clock,
      timeScale,
      resources: this.resources,
      templates: () => this.templates,
      troubles: () => around.troubles(),
    });
    this.#surroundings = this.#surround();
    this.templates = new VmTemplates(
      {
        clock,
        timers,
        hostSeed: this.#seed,
        unpromisedMiB: () => this.resources.capacity.freeMiB,
        ...templateTimes(this.resources.images, this.#seed, timeScale),
        recordSaved: (templateId) => journal.append({ kind: 'template-saved', templateId }),
        recordGivenUp: (templateId, detail) =>
          journal.append({ kind: 'template-given-up', templateId, detail }),
      },
      around.spentTemplates,
    );
  }

  get(id: ComputeSystemId): ComputeSystem | undefined {
    return this.#systems.get(id);
  }

  all(): readonly ComputeSystem[] {
    return [...this.#systems.values()];
  }

  /** Why this host cannot take it, or null. It never answers with a weaker isolation. */
  refusalOf(spec: ComputeSystemSpec): Refusal | null {
    if (spec.isolation === 'hyperv' && !this.host.hypervPresent) return withoutHyperV;
    const noClone = this.templates.refusalOfClone(spec);
    if (noClone) return noClone;
    const contradiction = this.#kernels.contradictionOf(spec);
    if (contradiction) return { code: 'INVALID_STATE', detail: contradiction };
    const shortage = this.resources.capacity.shortageOf(reservationOf(spec));
    return shortage ? { code: 'INSUFFICIENT_RESOURCES', detail: shortage } : null;
  }

  /** Why this host cannot save it, or null. */
  refusalOfTemplate({ kernelInstanceId }: VmTemplateSpec): Refusal | null {
    if (!this.host.hypervPresent) return withoutHyperV;
    const contradiction = this.#kernels.contradictionOfTemplate(kernelInstanceId);
    if (contradiction) return { code: 'INVALID_STATE', detail: contradiction };
    return this.templates.refusalOfSave();
  }

  saveTemplate(spec: VmTemplateSpec): void {
    this.#kernels.useForTemplate(spec.kernelInstanceId);
    this.templates.save(spec);
  }

  /** A compute system that is not here yet: `add` puts it here once its creation is on record. */
  prepare(spec: ComputeSystemSpec): ComputeSystem {
    const random = randomOf(this.#seed, spec.computeSystemId);
    return new ComputeSystem(spec, random, this.#surroundings);
  }

  add(system: ComputeSystem): void {
    const { spec } = system;
    const reserved = reservationOf(spec);
    this.templates.hold(spec);
    this.templates.giveWay(reserved.memoryMiB);
    this.resources.capacity.hold(spec.computeSystemId, reserved);
    this.#kernels.use(spec);
    this.#systems.set(spec.computeSystemId, system);
    this.around.changed(system.status());
  }

  /** What is missing for a clone to boot on its own, or null. */
  shortageToBoot({ spec }: ComputeSystem): string | null {
    const memoryMiB = reservationOfBooted(spec).memoryMiB - reservationOf(spec).memoryMiB;
    return this.resources.capacity.shortageOf({ cpuMillis: 0, memoryMiB });
  }

  bootInstead({ spec }: ComputeSystem): void {
    const reserved = reservationOfBooted(spec);
    this.resources.capacity.free(spec.computeSystemId);
    this.templates.ended(spec.computeSystemId);
    this.templates.giveWay(reserved.memoryMiB);
    this.resources.capacity.hold(spec.computeSystemId, reserved);
  }

  remove({ spec }: ComputeSystem): void {
    this.#systems.delete(spec.computeSystemId);
    this.#free(spec.computeSystemId);
    this.#kernels.release(spec);
  }

  endAll(ending: Ending, atMs: TimeMs): void {
    this.templates.goDown();
    for (const system of this.all()) system.end(ending, atMs);
  }

  /** The power goes: nothing of what was here is left. The answer is what was. */
  goDown(): readonly ComputeSystemId[] {
    const ids = [...this.#systems.keys()];
    for (const system of this.#systems.values()) system.vanish();
    this.#systems.clear();
    this.templates.goDown();
    this.#kernels.reboot();
    this.resources.reboot(this.around.clock());
    this.#starts.reboot();
    return ids;
  }

  #surround(): Surroundings<ComputeSystem> {
    const { clock, timers, journal, timeScale } = this.around;
    return {
      clock,
      timers,
      timeScale,
      journal: (draft, atMs) => journal.append(draft, atMs),
      planStart: (spec, random) => this.#starts.plan(spec, random),
      isHung: () => this.around.troubles()?.isHung === true,
      changed: (system, from) => this.#changed(system, from),
      escape: (system) => {
        const open = this.around.troubles()?.switches.hypervisorAdvisoryOpen === true;
        breakOut(system, this.all(), { open, silos: this.resources.silos }, clock());
      },
      panic: () => this.around.panic(),
    };
  }

  #changed(system: ComputeSystem, from: ComputeSystemState): void {
    this.#starts.moved(from, system.state);
    if (!system.isLive) this.#end(system);
    // A zombie's end is found by whoever asks for it.
    if (system.isZombie) return;
    this.around.changed(system.status());
  }

  #end({ spec: { computeSystemId: id }, struck }: ComputeSystem): void {
    const { network } = this.resources;
    const leaks = struck?.faults.has('endpoint-leak') || this.around.troubles()?.leaks(id);
    if (leaks) network.leak(id);
    this.#free(id);
  }

  #free(id: ComputeSystemId): void {
    this.resources.free(id);
    this.templates.ended(id);
  }
}
