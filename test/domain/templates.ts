import {
  type CloneDecision,
  cloneFor,
  type ImageFacts,
  imageDecider,
  type KernelInstanceId,
  policyDecider,
  prefixedId,
  type TemplateFacts,
  type TemplateId,
  type TemplatePolicy,
  type TenantId,
  templateDecider,
  voidTemplates,
  type WorkloadId,
  wantedTemplates,
} from '@bulkhead/domain';
import { hostSpec, idOf, image, policy, windows } from './builders.js';
import type { World } from './world.js';

export const templatePolicy: TemplatePolicy = { afterBoots: 2, perHostMax: 2, warmCopies: 1 };

export function templateFacts(changes: Partial<TemplateFacts> = {}): TemplateFacts {
  return {
    templateId: idOf('tpl', 1) as TemplateId,
    hostId: hostSpec(1).hostId,
    bootId: 'boot-1',
    hostVersion: windows(20348),
    kernelInstanceId: idOf('ki', 9) as `ki_${string}`,
    image: image(),
    manifestDigest: null,
    sharing: 'own-boundary',
    trustBoundary: 'group:red',
    warmCopies: 1,
    ...changes,
  };
}

/** From here on hosts save templates. */
export function allowTemplates(
  world: World,
  templateSharing: 'own-boundary' | 'trusted-boundaries' = 'own-boundary',
  templates: TemplatePolicy | undefined = templatePolicy,
): void {
  const { nowMs } = world;
  const version = world.fleet.policy.state.version + 1;
  const next = { ...policy, templateSharing, templates };
  world.run(policyDecider, 'policy', null, {
    kind: 'publish-policy',
    version,
    policy: next,
    nowMs,
  });
}

/** What the placer does for templates; the answer is what it requested. */
export function requestTemplates(world: World): TemplateId[] {
  const { nowMs, fleet } = world;
  return wantedTemplates(fleet, nowMs).map(({ facts, boots }) => {
    const templateId = prefixedId('tpl', world.newUuid()) as TemplateId;
    const kernelInstanceId = prefixedId('ki', world.newUuid()) as KernelInstanceId;
    const template = { ...facts, templateId, kernelInstanceId };
    const policyVersion = fleet.policy.state.version;
    const requested = { kind: 'request-template', template, boots, policyVersion, nowMs } as const;
    world.run(templateDecider, templateId, null, requested);
    return templateId;
  });
}

export function retireVoidTemplates(world: World): void {
  const { nowMs } = world;
  for (const { template, cause, detail } of voidTemplates(world.fleet, nowMs)) {
    const retired = { kind: 'retire-template', cause, detail, nowMs } as const;
    world.run(templateDecider, template.templateId, null, retired);
  }
}

export function saveTemplate(world: World, templateId: TemplateId): void {
  const { nowMs } = world;
  const saved = { kind: 'report-saved', savedAtMs: nowMs, nowMs } as const;
  world.run(templateDecider, templateId, null, saved);
}

/** What a start of the workload would decide about templates now. */
export function cloneDecisionOf(world: World, workloadId: WorkloadId): CloneDecision | null {
  const workload = world.fleet.workloads.get(workloadId)?.state;
  const attempt = world.attemptOf(workloadId);
  if (workload === undefined || attempt === null) throw new Error('nothing was placed');
  return cloneFor(world.fleet, workload, attempt, world.nowMs).decision;
}

/** The catalogue knows the image from here on, so that it may be saved. */
export function registerImage(world: World, facts: ImageFacts): void {
  const { imageId, reference, osVersion, base, publisher } = facts;
  world.run(imageDecider, imageId, null, {
    kind: 'register-image',
    image: {
      ...{ imageId, reference, osVersion, base, publisher: publisher ?? 'microsoft' },
      ...{ os: 'windows', architecture: 'amd64' },
      layers: [{ digest: `sha256:${'1'.repeat(64)}`, compressedMiB: 100, unpackedMiB: 300 }],
      provenance: {
        ...{ origin: 'seeded', attestation: null },
        manifestDigest: `sha256:${'a'.repeat(64)}`,
      },
    },
    nowMs: world.nowMs,
  });
}

/** A utility VM of the tenant runs: booted, or cloned where it may be. */
export function runUtilityVm(
  world: World,
  tenantId: TenantId,
  of: ImageFacts = image(),
): WorkloadId {
  const workloadId = world.submit(tenantId, { isolation: 'hyperv' }, of);
  world.place();
  world.start(workloadId);
  world.started(workloadId);
  return workloadId;
}

export function endUtilityVm(world: World, workloadId: WorkloadId): void {
  world.exit(workloadId);
  world.release(workloadId);
}

/** Boots of one tenant that are over, as many as policy wants, and the template that is saved for them. */
export function savedTemplateFor(world: World, tenantId: TenantId): TemplateId {
  for (let boots = 0; boots < templatePolicy.afterBoots; boots += 1) {
    endUtilityVm(world, runUtilityVm(world, tenantId));
  }
  const [templateId] = requestTemplates(world);
  if (templateId === undefined) throw new Error('nothing was worth it');
  saveTemplate(world, templateId);
  return templateId;
}
