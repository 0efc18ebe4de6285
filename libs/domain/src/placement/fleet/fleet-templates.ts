import { fold } from '../../decider.js';
import type { ComputeSystemId, HostId, ImageId, TemplateId, TenantId } from '../../ids.js';
import type { ImageFacts } from '../../isolation/decision.js';
import type { TrustBoundary } from '../../tenant/events.js';
import { type TemplateState, templateDecider } from '../../vm-template/decide.js';
import type { TemplateEvent, TemplateFacts } from '../../vm-template/events.js';
import { type AttemptState, holdingAttempt, type WorkloadState } from '../../workload/state.js';
import { noTemplates, type TemplateHosts } from '../preferences.js';
import type { Versioned } from './fleet-host.js';

/** Stands for the boundary of a template that all trusted ones may clone; no boundary is called so. */
const SHARED = 'trusted';

/** Of how many images and boundaries the boots on one host are counted; the oldest is forgotten first. */
export const BOOTS_COUNTED_PER_HOST_MAX = 256;

/** Whose clone holds pages of a template. */
export interface CloneHolder {
  readonly tenantId: TenantId;
  readonly trustBoundary: TrustBoundary;
}

export interface FleetTemplate extends Versioned<TemplateState> {
  readonly templateId: TemplateId;
  /** Of its newest event. */
  readonly position: number;
}

/** Utility VMs of one image and boundary that booted on a host, and how often since the last template. */
export interface CountedBoots {
  readonly image: ImageFacts;
  readonly tenantId: TenantId;
  readonly trustBoundary: TrustBoundary;
  readonly boots: number;
}

/** What the log says of templates, of the clones that hold their pages, and of what still boots. */
export class FleetTemplates {
  readonly #byId = new Map<TemplateId, FleetTemplate>();
  readonly #onHost = new Map<HostId, Set<TemplateId>>();
  readonly #holders = new Map<TemplateId, Map<ComputeSystemId, CloneHolder>>();
  /** Hosts with a saved template, by image and by who may clone it. */
  readonly #ready = new Map<string, Set<HostId>>();
  readonly #booted = new Map<HostId, Map<string, CountedBoots>>();

  get(id: TemplateId): FleetTemplate | null {
    return this.#byId.get(id) ?? null;
  }

  /** Those that are not retired. */
  live(): FleetTemplate[] {
    return [...this.#byId.values()].filter(({ state }) => state.stage !== 'retired');
  }

  /** Of a host, retired ones too until it boots again: it may still have them. */
  on(hostId: HostId): FleetTemplate[] {
    return [...(this.#onHost.get(hostId) ?? [])].flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** Saved ones of an image on a host, in the order of their ids. */
  savedOn(hostId: HostId, imageId: ImageId): FleetTemplate[] {
    const saved = this.on(hostId).filter(
      ({ state: { stage, template } }) => stage === 'saved' && template?.image.imageId === imageId,
    );
    return saved.sort((a, b) => (a.templateId < b.templateId ? -1 : 1));
  }

  /** Hosts with a saved template of the image that is for this boundary, and those with a shared one. */
  hostsWith(imageId: ImageId, trustBoundary: TrustBoundary, mayShare: boolean): TemplateHosts {
    if (this.#ready.size === 0) return noTemplates;
    const own = this.#ready.get(`${imageId} ${trustBoundary}`);
    const shared = mayShare ? this.#ready.get(`${imageId} ${SHARED}`) : undefined;
    return [own, shared].filter((hosts) => hosts !== undefined);
  }

  holdersOf(id: TemplateId): CloneHolder[] {
    return [...(this.#holders.get(id)?.values() ?? [])];
  }

  /** Hosts on which utility VMs booted since they did, with what booted there. */
  counted(): IterableIterator<[HostId, ReadonlyMap<string, CountedBoots>]> {
    return this.#booted.entries();
  }

  evolve(templateId: TemplateId, version: number, position: number, event: TemplateEvent): void {
    const before = this.#byId.get(templateId)?.state ?? templateDecider.initialState;
    const state = fold(templateDecider, [event], before);
    this.#byId.set(templateId, { templateId, state, version, position });
    if (event.type === 'TemplateSaved') this.#setReady(event.payload.template, true);
    if (event.type === 'TemplateRetired' && before.stage === 'saved' && before.template !== null) {
      this.#setReady(before.template, false);
    }
    if (event.type !== 'TemplateRequested') return;
    const { hostId, image, trustBoundary } = event.payload.template;
    const here = this.#onHost.get(hostId) ?? new Set();
    this.#onHost.set(hostId, here.add(templateId));
    this.#booted.get(hostId)?.delete(keyOf(image, trustBoundary));
  }

  /** An attempt has moved on: it may have begun or ceased to hold pages, or its utility VM has booted. */
  moved(before: WorkloadState, after: WorkloadState): void {
    const [was, is] = [holdingAttempt(before), holdingAttempt(after)];
    if (was?.clonedFrom !== is?.clonedFrom) {
      this.#ceases(was);
      this.#begins(is, after);
    }
    if (was !== null && is !== null && was.timings !== is.timings) this.#countBoot(is, after);
  }

  /** What was booted or saved before is gone. */
  hostBooted(hostId: HostId): void {
    this.#booted.delete(hostId);
    for (const { templateId, state } of this.on(hostId)) {
      if (state.stage !== 'retired') continue;
      this.#byId.delete(templateId);
      this.#onHost.get(hostId)?.delete(templateId);
    }
  }

  #setReady({ hostId, image, sharing, trustBoundary }: TemplateFacts, isReady: boolean): void {
    const key = `${image.imageId} ${sharing === 'own-boundary' ? trustBoundary : SHARED}`;
    const hosts = this.#ready.get(key) ?? new Set();
    if (isReady) this.#ready.set(key, hosts.add(hostId));
    else if (hosts.delete(hostId) && hosts.size === 0) this.#ready.delete(key);
  }

  #begins(attempt: AttemptState | null, { tenantId }: WorkloadState): void {
    if (attempt?.clonedFrom === undefined || tenantId === null) return;
    const { templateId, trustBoundary } = attempt.clonedFrom;
    const holders = this.#holders.get(templateId) ?? new Map();
    holders.set(attempt.computeSystemId, { tenantId, trustBoundary });
    this.#holders.set(templateId, holders);
  }

  #ceases(attempt: AttemptState | null): void {
    if (attempt?.clonedFrom === undefined) return;
    const { templateId } = attempt.clonedFrom;
    const holders = this.#holders.get(templateId);
    holders?.delete(attempt.computeSystemId);
    if (holders?.size === 0) this.#holders.delete(templateId);
  }

  #countBoot(
    { hostId, trustBoundary, timings }: AttemptState,
    { image, tenantId }: WorkloadState,
  ): void {
    const { stage, path } = timings.at(-1) ?? {};
    if (stage !== 'utility-vm-boot' || path !== 'cold') return;
    if (image === null || tenantId === null) return;
    const here = this.#booted.get(hostId) ?? new Map<string, CountedBoots>();
    const key = keyOf(image, trustBoundary);
    const boots = (here.get(key)?.boots ?? 0) + 1;
    const [oldest] = here.keys();
    if (here.size >= BOOTS_COUNTED_PER_HOST_MAX && oldest !== undefined) here.delete(oldest);
    here.set(key, { image, tenantId, trustBoundary, boots });
    this.#booted.set(hostId, here);
  }
}

function keyOf({ imageId }: ImageFacts, trustBoundary: TrustBoundary): string {
  return `${imageId} ${trustBoundary}`;
}
