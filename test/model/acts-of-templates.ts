import { type FleetTemplate, type TenantId, templateDecider } from '@bulkhead/domain';
import { requestTemplates, retireVoidTemplates, saveTemplate } from '../domain/templates.js';
import { type Act, pick } from './act.js';
import { OPEN_WORKLOADS_MAX } from './acts-of-tenants.js';
import type { Play } from './play.js';

/** What the placer does for templates of utility VMs, and what hosts say of them. */
export const actsOfTemplates: readonly Act[] = [
  { name: 'request-templates', weight: 4, play: ({ world }) => void requestTemplates(world) },
  {
    name: 'retire-void-templates',
    weight: 2,
    comesBetween: true,
    play: ({ world }) => retireVoidTemplates(world),
  },
  {
    // Also one whose host has booted anew since: it is heard late, and void.
    name: 'save-template',
    weight: 5,
    play: (on, who) => {
      const requested = liveOf(on).filter(({ state }) => state.stage === 'requested');
      const one = pick(requested, who);
      if (one !== undefined) saveTemplate(on.world, one.templateId);
    },
  },
  { name: 'submit-for-template', weight: 6, play: submitForTemplate },
  { name: 'give-up-template', weight: 1, comesBetween: true, play: giveUp },
];

/** What could be a clone: of the template's image, mostly of a tenant of its boundary. */
function submitForTemplate(on: Play, who: number, what: number): void {
  const { world, tenants } = on;
  if (world.fleet.workloads.size >= OPEN_WORKLOADS_MAX) return;
  const saved = liveOf(on).filter(({ state }) => state.stage === 'saved');
  const { template } = pick(saved, who)?.state ?? {};
  if (template == null) return;
  const boundaryOf = (id: TenantId) => world.fleet.tenants.get(id)?.state.trustBoundary;
  const own = tenants.filter((id) => boundaryOf(id) === template.trustBoundary);
  const tenantId = pick(what % 4 > 0 && own.length > 0 ? own : tenants, what) as TenantId;
  const resources = { cpuMillis: 500, memoryMiB: 512 };
  world.submit(tenantId, { isolation: 'hyperv', resources }, template.image);
}

/** Its host has no memory for it, or has lost its lease. */
function giveUp(on: Play, who: number): void {
  const one = pick(liveOf(on), who);
  if (one === undefined) return;
  const { nowMs } = on.world;
  const retired = { kind: 'retire-template', cause: 'given-up', detail: 'test', nowMs } as const;
  on.world.run(templateDecider, one.templateId, null, retired);
}

function liveOf({ world }: Play): FleetTemplate[] {
  return world.fleet.templates.live();
}
