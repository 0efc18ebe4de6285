import type { RecordedEvent } from '../domain-event.js';
import type { TimeMs } from '../event.js';
import type { ComputeSystemId, TemplateId, TenantId, WorkloadId } from '../ids.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { CloneOrigin } from './events.js';

/** The events that tell who held pages of a template, and when. */
export const templateUseTypes: readonly RecordedEvent['event']['type'][] = [
  'TemplateRequested',
  'TemplateSaved',
  'TemplateRetired',
  'StartAuthorized',
  'UtilityVmBooted',
  'ComputeSystemReleased',
];

/** From the record of the intent to the record of the release: a host's own times never shorten it. */
export interface CloneUse {
  readonly workloadId: WorkloadId;
  readonly tenantId: TenantId | null;
  readonly trustBoundary: TrustBoundary;
  readonly computeSystemId: ComputeSystemId;
  readonly fromPosition: number;
  readonly fromMs: TimeMs;
  /** What the host said of it; null while it has not come up. */
  readonly origin: CloneOrigin | null;
  /** When it was released, or came up without the template; null while it holds pages. */
  readonly untilMs: TimeMs | null;
}

/** Who held pages of one template, folded from its request on. */
export class TemplateUse {
  readonly clones: CloneUse[] = [];
  /** Clones that hold pages, by where they stand in `clones`. */
  readonly #holding = new Map<ComputeSystemId, number>();
  #isRetired = false;

  constructor(readonly templateId: TemplateId) {}

  /** Nothing that comes later can say anything more of it. */
  get isOver(): boolean {
    return this.#isRetired && this.#holding.size === 0;
  }

  see({ stream, event, tenant, position, recordedAtMs }: RecordedEvent): void {
    switch (event.type) {
      case 'TemplateRetired':
        if (stream === this.templateId) this.#isRetired = true;
        return;
      case 'StartAuthorized': {
        const { clone, computeSystemId, trustBoundary } = event.payload;
        if (clone?.templateId !== this.templateId || this.#holding.has(computeSystemId)) return;
        this.#holding.set(computeSystemId, this.clones.length);
        const workloadId = stream as WorkloadId;
        const begun = { workloadId, tenantId: tenant, trustBoundary, computeSystemId };
        const from = { fromPosition: position, fromMs: recordedAtMs };
        this.clones.push({ ...begun, ...from, origin: null, untilMs: null });
        return;
      }
      case 'UtilityVmBooted': {
        const { clone, computeSystemId } = event.payload;
        if (clone === undefined) this.#end(computeSystemId, recordedAtMs);
        else this.#change(computeSystemId, { origin: clone });
        return;
      }
      case 'ComputeSystemReleased':
        this.#end(event.payload.computeSystemId, recordedAtMs);
        return;
      default:
        return;
    }
  }

  #end(computeSystemId: ComputeSystemId, untilMs: TimeMs): void {
    this.#change(computeSystemId, { untilMs });
    this.#holding.delete(computeSystemId);
  }

  #change(computeSystemId: ComputeSystemId, change: Partial<CloneUse>): void {
    const at = this.#holding.get(computeSystemId);
    const use = at === undefined ? undefined : this.clones[at];
    if (at !== undefined && use !== undefined) this.clones[at] = { ...use, ...change };
  }
}

/** Those of other tenants that held pages of the template while this one did. */
export function sharedPagesWith(use: CloneUse, clones: readonly CloneUse[]): readonly CloneUse[] {
  const untilMs = use.untilMs ?? Number.POSITIVE_INFINITY;
  return clones.filter(
    (other) =>
      other.tenantId !== use.tenantId &&
      other.fromMs <= untilMs &&
      (other.untilMs ?? Number.POSITIVE_INFINITY) >= use.fromMs,
  );
}
