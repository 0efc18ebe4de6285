import type { ImageFacts, ImageId, KernelInstanceId, TemplateId, TimeMs } from '@bulkhead/domain';
import type { Fence } from './fence.js';

/** A utility VM that is to be booted and saved before any tenant code runs in it. */
export interface VmTemplateSpec {
  /** Chosen by the log before the driver is asked. An id is used once and then spent for ever. */
  readonly templateId: TemplateId;
  /** The kernel that boots to be saved. No container was or ever is in its utility VM. */
  readonly kernelInstanceId: KernelInstanceId;
  readonly image: ImageFacts;
  /** The template holds pages of this boot's platform, and ends with it. */
  readonly bootId: string;
  /** How many clones the host keeps started and empty, as far as its memory allows; 0 for none. */
  readonly warmCopies: number;
}

export interface VmTemplateStatus {
  readonly templateId: TemplateId;
  readonly imageId: ImageId;
  readonly bootId: string;
  /** `saving`: its utility VM boots, or is being written. Nothing can be cloned from it yet. */
  readonly state: 'saving' | 'saved';
  readonly savedAtMs: TimeMs | null;
  /** Compute systems that hold pages of it. */
  readonly clones: number;
  /** Copies that are ready to be claimed now. */
  readonly warmCopies: number;
}

/** What hosts can do that start utility VMs as clones of saved ones; idempotent. */
export interface TemplateControl {
  /**
   * Boots a utility VM of the image without a container and saves it: answers when that is accepted,
   * `listTemplates` tells when it is done. Same id again: nothing happens. Spent id: SPENT_ID. Another
   * boot: OTHER_BOOT. A kernel that a compute system has: INVALID_STATE. A host that needs the
   * memory for what was placed on it gives a template without clones up, and its id is spent.
   */
  saveTemplate(template: VmTemplateSpec, fence: Fence): Promise<void>;
  /**
   * Nothing is cloned from it any more and its ready copies end; clones that are there go on. Spends the
   * id, an absent one too.
   */
  retireTemplate(id: TemplateId, fence: Fence): Promise<void>;
  /** Every template of this boot that is not spent. */
  listTemplates(): Promise<readonly VmTemplateStatus[]>;
}
