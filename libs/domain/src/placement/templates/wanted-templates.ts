import type { TimeMs } from '../../event.js';
import { acceptsPlacements } from '../../host/state.js';
import type { HostId } from '../../ids.js';
import type { Policy, TemplatePolicy } from '../../policy/events.js';
import type { TemplateFacts, TemplateSharing } from '../../vm-template/events.js';
import { type Fleet, hostOf, imageOf, tenantOf } from '../fleet/fleet.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import type { CountedBoots, FleetTemplate } from '../fleet/fleet-templates.js';
import { advisoryInputs } from '../fleet/open-advisories.js';

/** A template that is worth its memory; its own ids are its requester's to give. */
export interface WantedTemplate {
  readonly host: FleetHost;
  readonly boots: number;
  readonly facts: Omit<TemplateFacts, 'templateId' | 'kernelInstanceId'>;
}

/**
 * What booted so often on a host that it is worth saving, as far as policy allows. Only images of the
 * catalogue are: of any other nobody knows what boots. One for each host at a time, because a save takes
 * the memory of a whole utility VM.
 */
export function wantedTemplates(fleet: Fleet, nowMs: TimeMs): WantedTemplate[] {
  const { policy } = fleet.policy.state;
  const rules = policy?.templates;
  if (policy === null || rules === undefined) return [];
  const wanted: WantedTemplate[] = [];
  for (const [hostId, counted] of fleet.templates.counted()) {
    const live = fleet.templates.on(hostId).filter(({ state }) => state.stage !== 'retired');
    if (!mayHoldAnother(fleet, hostId, live, rules, nowMs)) continue;
    const found = mostWanted(fleet, hostOf(fleet, hostId), [...counted.values()], live, policy);
    if (found !== null) wanted.push(found);
  }
  return wanted;
}

function mayHoldAnother(
  fleet: Fleet,
  hostId: HostId,
  live: readonly FleetTemplate[],
  { perHostMax }: TemplatePolicy,
  nowMs: TimeMs,
): boolean {
  const { state } = hostOf(fleet, hostId);
  if (live.length >= perHostMax || live.some(({ state: { stage } }) => stage === 'requested')) {
    return false;
  }
  const version = state.boot?.osVersion ?? null;
  return (
    acceptsPlacements(state) && advisoryInputs(fleet, version, nowMs).otherAdvisories.length === 0
  );
}

function mostWanted(
  fleet: Fleet,
  host: FleetHost,
  counted: readonly CountedBoots[],
  live: readonly FleetTemplate[],
  policy: Policy,
): WantedTemplate | null {
  const { boot } = host.state;
  const { afterBoots = 0, warmCopies = 0 } = policy.templates ?? {};
  if (boot === null) return null;
  const worthIt = counted
    .filter(({ boots, image }) => boots >= afterBoots && mayBeSaved(fleet, image.imageId))
    .map((boots) => ({ ...boots, sharing: sharingOf(fleet, boots, policy) }))
    .filter((one) => !live.some(({ state: { template } }) => isFor(template, one)));
  const [most] = worthIt.sort((a, b) => b.boots - a.boots);
  if (most === undefined) return null;
  const { image, trustBoundary, sharing, boots } = most;
  const { registered } = imageOf(fleet, image.imageId).state;
  return {
    host,
    boots,
    facts: {
      hostId: host.hostId,
      bootId: boot.bootId,
      hostVersion: boot.osVersion,
      image,
      manifestDigest: registered?.provenance.manifestDigest ?? null,
      sharing,
      trustBoundary,
      warmCopies,
    },
  };
}

function mayBeSaved(fleet: Fleet, imageId: CountedBoots['image']['imageId']): boolean {
  const { registered, revoked } = imageOf(fleet, imageId).state;
  return registered !== null && !revoked;
}

/** Only what a trusted publisher made is shared, and only between trusted tenants. */
function sharingOf(
  fleet: Fleet,
  { tenantId, image: { publisher } }: CountedBoots,
  { templateSharing, trustedPublishers }: Policy,
): TemplateSharing {
  const { trust } = tenantOf(fleet, tenantId).state;
  const isTrusted = publisher !== null && trustedPublishers.includes(publisher);
  return trust === 'trusted' && isTrusted ? templateSharing : 'own-boundary';
}

function isFor(
  template: TemplateFacts | null,
  { image, trustBoundary, sharing }: CountedBoots & { readonly sharing: TemplateSharing },
): boolean {
  if (template?.image.imageId !== image.imageId || template.sharing !== sharing) return false;
  return sharing === 'trusted-boundaries' || template.trustBoundary === trustBoundary;
}
