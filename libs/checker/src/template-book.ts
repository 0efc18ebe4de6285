import type {
  ComputeSystemId,
  HostId,
  ImageId,
  KernelInstanceId,
  RecordedEvent,
  TemplateFacts,
  TemplateId,
  TenantId,
  TrustBoundary,
} from '@bulkhead/domain';
import type { LedgerAttempt } from './ledger.js';

export interface BookedTemplate {
  readonly facts: TemplateFacts;
  readonly requestedAt: number;
  stage: 'requested' | 'saved' | 'retired';
  retiredAt: number | null;
  /** Compute systems that were authorized to be its clones, until they booted without it or were released. */
  readonly holders: Map<ComputeSystemId, Holder>;
}

export interface Holder {
  readonly tenantId: TenantId;
  readonly trustBoundary: TrustBoundary;
}

/** What the log says of templates, restated for the checker. */
export class TemplateBook {
  readonly templates = new Map<TemplateId, BookedTemplate>();
  /** Every template that an attempt was ever authorized to be cloned from. */
  readonly authorized = new Map<ComputeSystemId, Set<TemplateId>>();
  readonly bootIds = new Map<HostId, string>();
  readonly revoked = new Set<ImageId>();
  /** Kernels that an attempt was ever placed on. */
  readonly ranOn = new Set<KernelInstanceId>();
  /** Kernels that booted to be saved. */
  readonly ofTemplates = new Map<KernelInstanceId, TemplateId>();

  /** Called after the event was judged; `attempt` is the one that it is about. */
  write({ event, stream, position }: RecordedEvent, attempt: LedgerAttempt | null): void {
    switch (event.type) {
      case 'HostBooted':
        this.bootIds.set(stream as HostId, event.payload.bootId);
        return;
      case 'ImageRevoked':
        this.revoked.add(stream as ImageId);
        return;
      case 'WorkloadPlaced':
        this.ranOn.add(event.payload.kernelInstanceId);
        return;
      case 'TemplateRequested': {
        const { template: facts } = event.payload;
        const booked = { facts, requestedAt: position, retiredAt: null, holders: new Map() };
        this.templates.set(stream as TemplateId, { ...booked, stage: 'requested' });
        this.ofTemplates.set(facts.kernelInstanceId, stream as TemplateId);
        return;
      }
      case 'TemplateSaved':
        this.move(stream as TemplateId, 'saved');
        return;
      case 'TemplateRetired':
        this.move(stream as TemplateId, 'retired', position);
        return;
      case 'StartAuthorized':
        this.hold(event.payload.clone?.templateId ?? null, event.payload.trustBoundary, attempt);
        return;
      case 'UtilityVmBooted':
        if (event.payload.clone === undefined) this.letGo(event.payload.computeSystemId);
        return;
      case 'ComputeSystemReleased':
        this.letGo(event.payload.computeSystemId);
        return;
      default:
        return;
    }
  }

  private move(id: TemplateId, stage: 'saved' | 'retired', at: number | null = null): void {
    const booked = this.templates.get(id);
    if (booked === undefined) return;
    booked.stage = stage;
    booked.retiredAt ??= at;
  }

  private hold(
    id: TemplateId | null,
    trustBoundary: TrustBoundary,
    attempt: LedgerAttempt | null,
  ): void {
    if (id === null || attempt === null) return;
    const { computeSystemId, tenantId } = attempt;
    this.templates.get(id)?.holders.set(computeSystemId, { tenantId, trustBoundary });
    const known = this.authorized.get(computeSystemId) ?? new Set();
    this.authorized.set(computeSystemId, known.add(id));
  }

  private letGo(computeSystemId: ComputeSystemId): void {
    for (const id of this.authorized.get(computeSystemId) ?? []) {
      this.templates.get(id)?.holders.delete(computeSystemId);
    }
  }
}
