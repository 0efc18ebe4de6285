import type { TimeMs } from '../../event.js';
import { voidBecause } from '../../isolation/clone-rules.js';
import type { TemplateRetirement } from '../../vm-template/events.js';
import type { Fleet } from '../fleet/fleet.js';
import type { FleetTemplate } from '../fleet/fleet-templates.js';
import { templateInputs } from './clones.js';

export interface VoidTemplate {
  readonly template: FleetTemplate;
  readonly cause: TemplateRetirement;
  readonly detail: string;
}

/** Templates from which nobody may clone any more, whether they are saved or still to be. */
export function voidTemplates(fleet: Fleet, nowMs: TimeMs): VoidTemplate[] {
  const { policy } = fleet.policy.state;
  if (policy === null) return [];
  return fleet.templates.live().flatMap((template) => {
    const found = voidBecause(templateInputs(fleet, template, nowMs), policy);
    return found === null ? [] : [{ template, ...found }];
  });
}
