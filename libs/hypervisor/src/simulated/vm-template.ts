import type { CloneOrigin, ComputeSystemId, TimeMs } from '@bulkhead/domain';
import type { VmTemplateSpec, VmTemplateStatus } from '../template-control.js';
import { CALIBRATION } from './calibration.js';
import type { HcsStanding } from './hcs/rule.js';
import { TemplateSystem } from './hcs/template-system.js';
import { guidFrom, hexFrom, randomFrom } from './random.js';
import type { WarmPool } from './warm-pool.js';

const { utilityVmMemory, utilityVmKernelPool, templateShare, templateSave } = CALIBRATION;

/** What a saved VM keeps in memory, read-only: a clone finds that much of its own there already. */
export const TEMPLATE_PAGES_MIB = utilityVmMemory.value * templateShare.value;
/** A ready copy has its private part, and a kernel of its own that holds non-paged pool. */
export const WARM_COPY_MIB = utilityVmMemory.value - TEMPLATE_PAGES_MIB + utilityVmKernelPool.value;
/** While it boots to be saved it is a utility VM like any other. */
export const SAVING_MIB = utilityVmMemory.value + utilityVmKernelPool.value;

const MIB_PER_GIB = 1_024;
/** How long writing a booted VM takes, unscaled. */
export const TEMPLATE_WRITE_MS =
  ((templateSave.value * utilityVmMemory.value) / MIB_PER_GIB) * 1_000;

/** One template of a boot, with what holds its pages. */
export class VmTemplate {
  readonly clones = new Set<ComputeSystemId>();
  readonly #system: TemplateSystem;
  #savedAtMs: TimeMs | null = null;

  constructor(
    readonly spec: VmTemplateSpec,
    readonly pool: WarmPool,
    /** From when on it is not booted any more but written. */
    private readonly bootedAtMs: TimeMs,
    /** Ends the saving that is under way. */
    private readonly cancelSaving: () => void,
  ) {
    this.#system = new TemplateSystem(spec.templateId);
    this.#system.ask('Construct');
    this.#system.ask('Start');
  }

  /** Whether something can be cloned from it. */
  get isUsable(): boolean {
    return this.#system.standing === 'SavedAsTemplate';
  }

  get isOver(): boolean {
    return this.#system.standing === 'Stopped';
  }

  /** What it holds itself while it is there: all of a VM's memory, until only its pages are left. */
  get ownMiB(): number {
    return this.#savedAtMs === null ? SAVING_MIB : TEMPLATE_PAGES_MIB;
  }

  /** Memory of the host that is held for it, what its clones hold of their own apart. */
  get heldMiB(): number {
    if (this.isOver) return this.clones.size > 0 ? TEMPLATE_PAGES_MIB : 0;
    return this.ownMiB + (this.isUsable ? this.pool.held * WARM_COPY_MIB : 0);
  }

  /** Where its compute system stands for the service. */
  get standing(): HcsStanding {
    return this.#system.standing;
  }

  /**
   * What booted is paused and written at once: nothing else may change it. That has no timer of its own,
   * so whoever looks brings it about.
   */
  settle(nowMs: TimeMs): void {
    if (this.standing !== 'Starting' || nowMs < this.bootedAtMs) return;
    this.#system.started();
    this.#system.ask('Pause');
    this.#system.ask('Save');
  }

  saved(atMs: TimeMs): void {
    this.settle(Math.max(atMs, this.bootedAtMs));
    this.#system.saved();
    this.#savedAtMs = atMs;
    this.pool.refill();
  }

  /** Nothing is cloned from it any more. Its pages stay as long as clones hold them. */
  end(): void {
    this.#system.end();
    this.cancelSaving();
    this.pool.close();
  }

  status(): VmTemplateStatus {
    const { templateId, image, bootId } = this.spec;
    return {
      templateId,
      imageId: image.imageId,
      bootId,
      state: this.#savedAtMs === null ? 'saving' : 'saved',
      savedAtMs: this.#savedAtMs,
      clones: this.clones.size,
      warmCopies: this.pool.ready,
    };
  }
}

/**
 * What the host gives a clone before anything runs in it. It is drawn for the compute system alone, so no
 * two clones have the same, whichever template or copy they come from.
 */
export function originOf(
  { spec: { templateId } }: VmTemplate,
  warmCopy: number | null,
  hostSeed: number,
  computeSystemId: ComputeSystemId,
): CloneOrigin {
  const random = randomFrom(`${hostSeed}/${computeSystemId}/clone`);
  const runtimeId = guidFrom(random);
  return { templateId, warmCopy, runtimeId, seedFingerprint: hexFrom(random, 64) };
}
