import type { TimeMs } from '../../event.js';
import type { StreamId } from '../../ids.js';
import {
  type CloneDecision,
  decideClone,
  type Sharer,
  type TemplateInputs,
} from '../../isolation/clone-rules.js';
import type { IsolationDecision } from '../../isolation/decision.js';
import type { Policy } from '../../policy/events.js';
import { type AttemptState, type WorkloadState } from '../../workload/state.js';
import { type Fleet, hostOf, imageOf, tenantOf } from '../fleet/fleet.js';
import type { FleetTemplate } from '../fleet/fleet-templates.js';
import { advisoryInputs } from '../fleet/open-advisories.js';
import { noTemplates, type TemplateHosts } from '../preferences.js';

/** A decision on cloning, and the streams that must not have moved on when it is recorded. */
export interface DecidedClone {
  readonly decision: CloneDecision | null;
  readonly guards: readonly { readonly stream: StreamId; readonly version: number }[];
}

const boots: DecidedClone = { decision: null, guards: [] };

/**
 * Whether the utility VM of an attempt that is about to start is cloned. An attempt that was authorized
 * before may be a clone already, of that template and no other: it stays one, or boots.
 */
export function cloneFor(
  fleet: Fleet,
  workload: WorkloadState,
  attempt: AttemptState,
  nowMs: TimeMs,
): DecidedClone {
  const { policy, version: policyVersion } = fleet.policy.state;
  const { image, tenantId } = workload;
  if (attempt.isolation !== 'hyperv' || policy === null) return boots;
  if (image === null || tenantId === null) return boots;
  const isAgain = attempt.stage !== 'placed';
  const templates = fleet.templates
    .savedOn(attempt.hostId, image.imageId)
    .filter(({ templateId }) => !isAgain || templateId === attempt.clonedFrom?.templateId);
  const { trust, trustBoundary } = tenantOf(fleet, tenantId).state;
  const candidates = templates.map((template) => templateInputs(fleet, template, nowMs));
  const tenant = { trust, trustBoundary };
  const decision = decideClone(tenant, candidates, policy, policyVersion);
  const chosen = templates.find(({ templateId }) => templateId === decision?.templateId);
  if (decision === null || chosen === undefined) return { decision, guards: [] };
  return { decision, guards: guardsOf(fleet, chosen, decision.sharers) };
}

/** Where its utility VM could be a clone, as far as the log tells; the start decides. */
export function templateHostsFor(
  fleet: Fleet,
  { inputs: { trust, trustBoundary, image } }: IsolationDecision,
  { templates, templateSharing }: Policy,
): TemplateHosts {
  if (templates === undefined) return noTemplates;
  const mayShare = trust === 'trusted' && templateSharing === 'trusted-boundaries';
  return fleet.templates.hostsWith(image.imageId, trustBoundary, mayShare);
}

/** What is true of a template now. */
export function templateInputs(
  fleet: Fleet,
  { templateId, state: { template } }: FleetTemplate,
  nowMs: TimeMs,
): TemplateInputs {
  if (template === null) throw new Error(`${templateId} was never requested`);
  const { boot, condition } = hostOf(fleet, template.hostId).state;
  const isThere = condition !== 'retired' && condition !== 'fenced';
  const hostVersion = isThere ? (boot?.osVersion ?? null) : null;
  const { otherAdvisories } = advisoryInputs(fleet, hostVersion, nowMs);
  return {
    template,
    bootId: isThere ? (boot?.bootId ?? null) : null,
    hostVersion,
    imageRevoked: imageOf(fleet, template.image.imageId).state.revoked,
    openAdvisories: otherAdvisories.map(({ advisoryId }) => advisoryId),
    sharers: sharersOf(fleet, templateId),
  };
}

/** Each tenant and boundary once, however many clones it has. */
function sharersOf(fleet: Fleet, templateId: FleetTemplate['templateId']): Sharer[] {
  const sharers = new Map<string, Sharer>();
  for (const { tenantId, trustBoundary } of fleet.templates.holdersOf(templateId)) {
    const { trust } = tenantOf(fleet, tenantId).state;
    sharers.set(`${tenantId} ${trustBoundary}`, { tenantId, trust, trustBoundary });
  }
  return [...sharers.values()];
}

/** The host and the tenant itself are guarded by every start. */
function guardsOf(fleet: Fleet, chosen: FleetTemplate, sharers: readonly Sharer[]) {
  const imageId = chosen.state.template?.image.imageId;
  const image = imageId === undefined ? undefined : fleet.images.get(imageId);
  const tenants = [...new Set(sharers.map(({ tenantId }) => tenantId))];
  return [
    { stream: chosen.templateId, version: chosen.version },
    { stream: 'policy' as const, version: fleet.policy.version },
    { stream: 'advisories' as const, version: fleet.advisoriesVersion },
    ...(imageId === undefined || image === undefined
      ? []
      : [{ stream: imageId, version: image.version }]),
    ...tenants.map((stream) => ({ stream, version: tenantOf(fleet, stream).version })),
  ];
}
