import type { TemplateId } from '@bulkhead/domain';
import type { ComputeSystemSpec, Fence } from '../driver.js';
import type { VmTemplateSpec, VmTemplateStatus } from '../template-control.js';
import type { Admission, Asked } from './admission.js';
import type { ComputeSystem } from './compute-system.js';
import type { HostJournal } from './journal-entry.js';
import type { Machine } from './machine.js';

/** What a host is asked to do with templates: admitted, on record, and only then done. */
export class TemplateOrders {
  constructor(
    private readonly door: Admission,
    private readonly journal: HostJournal,
    private readonly machine: Machine,
  ) {}

  /** What is ready here, and what is being saved. */
  list(): readonly VmTemplateStatus[] {
    this.door.settle();
    return this.machine.templates.list();
  }

  save(spec: VmTemplateSpec, fence: Fence): void {
    const { templateId, kernelInstanceId, bootId, image } = spec;
    const asked: Asked = { operation: 'save-template', fence, id: null };
    this.door.admit(asked);
    const { templates } = this.machine;
    if (templates.isSpent(templateId)) {
      this.door.refuse(asked, 'SPENT_ID', `${templateId} is spent`);
    }
    if (bootId !== this.journal.bootId) {
      const detail = `boot ${bootId} is over; this is boot ${this.journal.bootId}`;
      this.door.refuse(asked, 'OTHER_BOOT', detail);
    }
    if (templates.isHere(templateId)) return;
    const refusal = this.machine.refusalOfTemplate(spec);
    if (refusal) this.door.refuse(asked, refusal.code, refusal.detail);
    const detail = image.reference;
    this.journal.append({ kind: 'template-save', templateId, kernelInstanceId, fence, detail });
    this.machine.saveTemplate(spec);
  }

  /** A clone that has not started and is asked for again without a template is no clone any more. */
  bootInstead(system: ComputeSystem, { clonedFrom }: ComputeSystemSpec, asked: Asked): void {
    const isClone = this.machine.templates.holds(system.spec.computeSystemId);
    if (clonedFrom !== undefined || system.state !== 'created' || !isClone) return;
    const shortage = this.machine.shortageToBoot(system);
    if (shortage) this.door.refuse(asked, 'INSUFFICIENT_RESOURCES', shortage);
    system.journal({ kind: 'boots-instead', fence: asked.fence });
    this.machine.bootInstead(system);
  }

  retire(templateId: TemplateId, fence: Fence): void {
    this.door.admit({ operation: 'retire-template', fence, id: null });
    const { templates } = this.machine;
    if (templates.isSpent(templateId)) return;
    this.journal.append({ kind: 'template-retire', templateId, fence });
    templates.retire(templateId);
  }
}
