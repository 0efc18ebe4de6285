import type { Clock, CloneOrigin, ComputeSystemId, ImageFacts, TemplateId } from '@bulkhead/domain';
import type { ComputeSystemSpec } from '../driver.js';
import type { VmTemplateSpec, VmTemplateStatus } from '../template-control.js';
import type { Refusal } from './refusal.js';
import type { Timers } from './timers.js';
import { originOf, SAVING_MIB, VmTemplate, WARM_COPY_MIB } from './vm-template.js';
import { WarmPool } from './warm-pool.js';

/** More templates than images that a host can usefully keep booted. */
const MAX_TEMPLATES = 64;

export interface TemplateSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly hostSeed: number;
  /** Memory that nothing which was placed here holds, in MiB. */
  unpromisedMiB(): number;
  /** How long a utility VM of the image takes from its boot to being written, scaled. */
  saveMs(image: ImageFacts, templateId: TemplateId): number;
  /** The last part of it, in which it is paused. */
  readonly writeMs: number;
  /** How long one more clone of it takes until it is ready, scaled. */
  copyMs(image: ImageFacts, templateId: TemplateId): number;
  /** Called before it becomes visible. */
  recordSaved(templateId: TemplateId): void;
  recordGivenUp(templateId: TemplateId, detail: string): void;
}

/**
 * The templates of one boot. They and their ready copies live on memory that no workload was promised,
 * and give way when one comes: what a clone saves is at least what its template's pages take.
 */
export class VmTemplates {
  readonly #templates = new Map<TemplateId, VmTemplate>();
  readonly #ofClones = new Map<ComputeSystemId, VmTemplate>();
  readonly #spent: Set<TemplateId>;

  constructor(
    private readonly around: TemplateSurroundings,
    spent: Iterable<TemplateId>,
  ) {
    this.#spent = new Set(spent);
  }

  /** Memory that is held here beyond what the compute systems hold, in MiB. */
  get heldMiB(): number {
    let heldMiB = 0;
    for (const template of this.#templates.values()) heldMiB += template.heldMiB;
    return heldMiB;
  }

  /** Also one that is over, while clones hold its pages. */
  get(id: TemplateId): VmTemplate | undefined {
    const template = this.#templates.get(id);
    template?.settle(this.around.clock());
    return template;
  }

  isHere(id: TemplateId): boolean {
    return this.#templates.get(id)?.isOver === false;
  }

  isSpent(id: TemplateId): boolean {
    return this.#spent.has(id);
  }

  list(): readonly VmTemplateStatus[] {
    const here = [...this.#templates.values()].filter(({ isOver }) => !isOver);
    return here.map((template) => template.status());
  }

  /** Why no further template fits, or null. */
  refusalOfSave(): Refusal | null {
    const code = 'INSUFFICIENT_RESOURCES';
    if (this.list().length >= MAX_TEMPLATES) {
      return { code, detail: `holds ${MAX_TEMPLATES} templates already` };
    }
    return this.#hasRoom(SAVING_MIB)
      ? null
      : { code, detail: `needs ${SAVING_MIB} MiB that nothing else holds` };
  }

  save(spec: VmTemplateSpec): void {
    const { templateId, image } = spec;
    const { clock, timers } = this.around;
    const pool = new WarmPool(spec.warmCopies, {
      timers,
      nextCopyMs: () => this.around.copyMs(image, templateId),
      hasRoom: () => this.#hasRoom(WARM_COPY_MIB),
    });
    const saveMs = this.around.saveMs(image, templateId);
    const cancel = timers.after(saveMs, () => {
      this.around.recordSaved(templateId);
      template.saved(clock());
    });
    const template = new VmTemplate(spec, pool, clock() + saveMs - this.around.writeMs, cancel);
    this.#templates.set(templateId, template);
  }

  retire(id: TemplateId): void {
    this.#spent.add(id);
    const template = this.#templates.get(id);
    if (template === undefined) return;
    this.#end(template);
    this.refill();
  }

  /** Why it cannot be what its specification says, or null. */
  refusalOfClone({ clonedFrom, isolation, image }: ComputeSystemSpec): Refusal | null {
    if (clonedFrom === undefined) return null;
    const template = this.#templates.get(clonedFrom);
    if (template === undefined || !template.isUsable) {
      return { code: 'TEMPLATE_ABSENT', detail: `no template ${clonedFrom} is ready here` };
    }
    const { imageId, reference } = template.spec.image;
    if (isolation === 'hyperv' && imageId === image.imageId) return null;
    const detail = `template ${clonedFrom} is a utility VM of ${reference}`;
    return { code: 'TEMPLATE_MISMATCH', detail };
  }

  /** From here on the clone holds pages of its template, even if that is retired before it starts. */
  hold({ computeSystemId, clonedFrom }: ComputeSystemSpec): void {
    const template = clonedFrom === undefined ? undefined : this.#templates.get(clonedFrom);
    if (template === undefined) return;
    template.clones.add(computeSystemId);
    this.#ofClones.set(computeSystemId, template);
  }

  /** Whether it is to be a clone, or is one. */
  holds(id: ComputeSystemId): boolean {
    return this.#ofClones.has(id);
  }

  /** Null for what is no clone. A ready copy is taken where there is one. */
  begin({ computeSystemId }: ComputeSystemSpec): CloneOrigin | null {
    const template = this.#ofClones.get(computeSystemId);
    if (template === undefined) return null;
    const { hostSeed } = this.around;
    return originOf(template, template.pool.claim(), hostSeed, computeSystemId);
  }

  /** It has ended. What it held is there for others, ready copies among them. */
  ended(id: ComputeSystemId): void {
    const template = this.#ofClones.get(id);
    if (template !== undefined) {
      this.#ofClones.delete(id);
      template.clones.delete(id);
      this.#forgetUnused(template);
    }
    this.refill();
  }

  refill(): void {
    for (const { pool, isUsable } of this.#templates.values()) if (isUsable) pool.refill();
  }

  /** Frees so much for what was placed here, as far as it can: copies first, then templates without clones. */
  giveWay(neededMiB: number): void {
    const templates = [...this.#templates.values()].filter(({ isOver }) => !isOver);
    for (const { pool } of templates) {
      while (!this.#hasRoom(neededMiB) && pool.giveUpOne());
    }
    for (const template of templates) {
      if (this.#hasRoom(neededMiB)) return;
      if (template.clones.size > 0) continue;
      const { templateId } = template.spec;
      this.around.recordGivenUp(templateId, 'its memory was needed for what was placed here');
      this.#spent.add(templateId);
      this.#end(template);
    }
  }

  /** The boot is over, or nobody may command the host: nothing of it is left. */
  goDown(): void {
    for (const [id, template] of this.#templates) {
      template.end();
      this.#spent.add(id);
    }
    this.#templates.clear();
    this.#ofClones.clear();
  }

  #hasRoom(neededMiB: number): boolean {
    return this.around.unpromisedMiB() - this.heldMiB >= neededMiB;
  }

  #end(template: VmTemplate): void {
    template.end();
    this.#forgetUnused(template);
  }

  #forgetUnused(template: VmTemplate): void {
    if (template.isOver && template.clones.size === 0) {
      this.#templates.delete(template.spec.templateId);
    }
  }
}
