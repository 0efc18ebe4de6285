import {
  type FleetTemplate,
  type HostId,
  hostOf,
  imageOf,
  prefixedId,
  type RecordedEvent,
  type TemplateCommand,
  type TemplateId,
  templateDecider,
  type VoidTemplate,
  voidTemplates,
  type WantedTemplate,
  wantedTemplates,
} from '@bulkhead/domain';
import type { Guard } from '@bulkhead/event-store/in-memory';
import { DriverError, type VmTemplateStatus } from '@bulkhead/hypervisor/simulated';
import { TOKEN } from './bring-up.js';
import type { FleetState } from './fleet-state.js';

/** The least time between two looks at what booted often enough, and how long until a save is looked at again. */
const LOOK_MS = 1_000;
const LOOK_AGAIN_MS = 500;

/** After these a template may be worth it that was not, or be void. */
const worthALook: ReadonlySet<RecordedEvent['event']['type']> = new Set([
  'UtilityVmBooted',
  'ComputeSystemReleased',
  'TemplateSaved',
  'TemplateRetired',
]);

/** Requests templates where policy wants them, makes hosts save them, and retires what is void: each step after its event. */
export class VmTemplates {
  #isDue = false;

  constructor(private readonly state: FleetState) {
    state.log.follow(({ event }) => {
      const wanted = state.fleet.policy.state.policy?.templates !== undefined;
      if (!wanted || this.#isDue || !worthALook.has(event.type)) return;
      this.#isDue = true;
      state.time.after(LOOK_MS, () => this.#look());
    });
  }

  /** The host does not have it, so that nothing more is cloned from it. */
  givenUp(templateId: TemplateId, detail: string): void {
    const { nowMs } = this.state;
    this.#append(templateId, { kind: 'retire-template', cause: 'given-up', detail, nowMs }, []);
  }

  #look(): void {
    this.#isDue = false;
    const { fleet, nowMs } = this.state;
    for (const found of voidTemplates(fleet, nowMs)) this.#retire(found);
    for (const wanted of wantedTemplates(fleet, nowMs)) this.#request(wanted);
  }

  #retire({ template, cause, detail }: VoidTemplate): void {
    const { nowMs } = this.state;
    this.#append(template.templateId, { kind: 'retire-template', cause, detail, nowMs }, []);
  }

  #request({ host, facts, boots }: WantedTemplate): void {
    const { fleet, newUuid, nowMs } = this.state;
    const templateId = prefixedId('tpl', newUuid()) as TemplateId;
    const template = { ...facts, templateId, kernelInstanceId: prefixedId('ki', newUuid()) };
    const { version: policyVersion } = fleet.policy.state;
    const command = { kind: 'request-template', template, boots, policyVersion, nowMs } as const;
    const { imageId } = facts.image;
    this.#append(templateId, command, [
      { stream: host.hostId, version: hostOf(fleet, host.hostId).version },
      { stream: imageId, version: imageOf(fleet, imageId).version },
      { stream: 'policy', version: fleet.policy.version },
      { stream: 'advisories', version: fleet.advisoriesVersion },
    ]);
  }

  #append(templateId: TemplateId, command: TemplateCommand, guards: readonly Guard[]): void {
    const { log, fleet, queue } = this.state;
    const known = fleet.templates.get(templateId);
    const before = known?.state ?? templateDecider.initialState;
    const decided = templateDecider.decide(command, before);
    if (!decided.accepted || decided.events.length === 0) return;
    const { events } = decided;
    const expectedVersion = known?.version ?? 0;
    log.append({
      streams: [{ owner: null, stream: templateId, expectedVersion, events }],
      guards: [{ stream: 'placer', version: fleet.placer.version }, ...guards],
      metadata: this.state.because('placer', null, templateId),
    });
    const hostId = fleet.templates.get(templateId)?.state.template?.hostId;
    if (hostId !== undefined) queue.add(() => this.#tend(hostId));
  }

  /** Makes a host's templates what the log says, and looks again until what is being saved is. */
  #tend(hostId: HostId): void {
    const { fleet, hosts, time } = this.state;
    const listed = hosts.get(hostId)?.templates.list() ?? [];
    const found = new Map(listed.map((status) => [status.templateId, status]));
    let isSaving = false;
    for (const template of fleet.templates.on(hostId)) {
      const status = found.get(template.templateId) ?? null;
      if (this.#tendOne(hostId, template, status)) isSaving = true;
    }
    if (isSaving) time.after(LOOK_AGAIN_MS, () => this.#tend(hostId));
  }

  /** True while its save is under way. */
  #tendOne(
    hostId: HostId,
    { templateId, state: { stage, template }, position }: FleetTemplate,
    status: VmTemplateStatus | null,
  ): boolean {
    const orders = this.state.hosts.get(hostId)?.templates;
    const fence = { token: TOKEN, cause: position };
    const { nowMs } = this.state;
    if (orders === undefined || template === null) return false;
    if (stage === 'retired') {
      if (status !== null) orders.retire(templateId, fence);
      return false;
    }
    if (status !== null && status.savedAtMs !== null) {
      const { savedAtMs } = status;
      this.#append(templateId, { kind: 'report-saved', savedAtMs, nowMs }, []);
      return false;
    }
    if (status !== null) return true;
    if (stage === 'saved') {
      this.givenUp(templateId, 'its host does not have it any more');
      return false;
    }
    try {
      const { kernelInstanceId, image, bootId, warmCopies } = template;
      orders.save({ templateId, kernelInstanceId, image, bootId, warmCopies }, fence);
      return true;
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      this.givenUp(templateId, `${error.code}: ${error.message}`);
      return false;
    }
  }
}
