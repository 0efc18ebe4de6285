import {
  hostOf,
  imageOf,
  prefixedId,
  type StreamId,
  type TemplateCommand,
  type TemplateId,
  type TemplateState,
  templateDecider,
  type UuidSource,
  type VoidTemplate,
  voidTemplates,
  type WantedTemplate,
  wantedTemplates,
} from '@bulkhead/domain';
import { VersionConflict, type WholeLog } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { EvictionParts } from './evict-attempt.js';

/** The least time between two looks at every host on which utility VMs have booted. */
export const TEMPLATE_LOOK_MS = 1_000;

/**
 * Requests templates where policy wants them and enough has booted, and retires those that are void. Both
 * are words in the log: hosts are asked afterwards, because of them.
 */
export class Templates {
  private lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly log: WholeLog,
    private readonly newUuid: UuidSource,
    private readonly parts: Pick<EvictionParts, 'follower' | 'clock'>,
  ) {}

  /** False where somebody was faster, so that a look at the newer log has to follow. */
  async carryOut(): Promise<boolean> {
    const { follower, clock } = this.parts;
    const nowMs = clock();
    if (nowMs - this.lookedAtMs < TEMPLATE_LOOK_MS) return true;
    this.lookedAtMs = nowMs;
    let settled = true;
    for (const found of voidTemplates(follower.fleet, nowMs)) {
      if (!(await this.retire(found))) settled = false;
    }
    for (const wanted of wantedTemplates(follower.fleet, nowMs)) {
      if (!(await this.request(wanted))) settled = false;
    }
    if (!settled) this.lookedAtMs = Number.NEGATIVE_INFINITY;
    return settled;
  }

  private retire({ template, cause, detail }: VoidTemplate): Promise<boolean> {
    const command = { kind: 'retire-template', cause, detail, nowMs: this.parts.clock() } as const;
    return this.append(template.templateId, template.state, template.version, command, []);
  }

  private request({ host, facts, boots }: WantedTemplate): Promise<boolean> {
    const { fleet } = this.parts.follower;
    const templateId = prefixedId('tpl', this.newUuid());
    const kernelInstanceId = prefixedId('ki', this.newUuid());
    const template = { ...facts, templateId, kernelInstanceId };
    const policyVersion = fleet.policy.state.version;
    const nowMs = this.parts.clock();
    const command = { kind: 'request-template', template, boots, policyVersion, nowMs } as const;
    const { imageId } = facts.image;
    return this.append(templateId, templateDecider.initialState, 0, command, [
      { stream: host.hostId, version: hostOf(fleet, host.hostId).version },
      { stream: imageId, version: imageOf(fleet, imageId).version },
      { stream: 'policy', version: fleet.policy.version },
      { stream: 'advisories', version: fleet.advisoriesVersion },
    ]);
  }

  private async append(
    stream: TemplateId,
    state: TemplateState,
    expectedVersion: number,
    command: TemplateCommand,
    guards: readonly { readonly stream: StreamId; readonly version: number }[],
  ): Promise<boolean> {
    const { follower } = this.parts;
    const decided = templateDecider.decide(command, state);
    if (!decided.accepted || decided.events.length === 0) return true;
    try {
      await this.log.append({
        streams: [{ owner: null, stream, expectedVersion, events: decided.events }],
        guards: [{ stream: 'placer', version: follower.fleet.placer.version }, ...guards],
        metadata: because('placer', stream, null),
      });
    } catch (error) {
      if (error instanceof VersionConflict) return false;
      throw error;
    }
    await follower.catchUp();
    return true;
  }
}
