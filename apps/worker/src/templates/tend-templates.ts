import { type FleetTemplate, type HostId, hostOf } from '@bulkhead/domain';
import {
  DriverError,
  type DriverErrorCode,
  type Fence,
  type HostDriver,
  type VmTemplateStatus,
} from '@bulkhead/hypervisor';
import { because, type WorkerComponent } from '../because.js';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import type { TemplateReports } from './template-reports.js';

export interface TendingParts {
  readonly follower: FleetFollower;
  readonly templates: TemplateReports;
}

/** A host and the proofs for what is asked of it. */
export interface TendedHost {
  readonly hostId: HostId;
  readonly driver: HostDriver;
  readonly fenceFor: (cause: number) => Fence | Promise<Fence>;
}

/** Refusals that say no to this very template, however often it is asked for. */
const permanentCodes: ReadonlySet<DriverErrorCode> = new Set([
  'SPENT_ID',
  'WRONG_ISOLATION',
  'INSUFFICIENT_RESOURCES',
  'INVALID_STATE',
  'OTHER_BOOT',
]);

/**
 * Makes a host's templates what the log says: saves what was requested, retires what is retired or unknown,
 * and tells the log what was saved meanwhile, or is gone. Repeating it does no harm. True while a save is
 * under way, so that somebody has to look again.
 */
export async function tendTemplates(
  parts: TendingParts,
  host: TendedHost,
  component: WorkerComponent,
): Promise<boolean> {
  const { hostId, driver } = host;
  const { follower } = parts;
  if (follower.fleet.templates.on(hostId).length === 0 && !(await hasAny(host))) return false;
  // The list is the older of the two, so what it lacks is not there, or was asked for since.
  const { bootId } = await driver.fingerprint();
  const listed = new Map((await driver.listTemplates()).map((one) => [one.templateId, one]));
  await follower.catchUp();
  const { state } = hostOf(follower.fleet, hostId);
  if (state.condition !== 'up' || state.boot?.bootId !== bootId) return false;
  let isSaving = false;
  for (const template of follower.fleet.templates.on(hostId)) {
    const found = listed.get(template.templateId) ?? null;
    listed.delete(template.templateId);
    if (template.state.template?.bootId !== bootId) continue;
    if (await tendOne(parts, host, template, found, component)) isSaving = true;
  }
  for (const { templateId } of listed.values()) {
    const cause = follower.bootedAt.get(hostId) ?? 0;
    await driver.retireTemplate(templateId, await host.fenceFor(cause));
  }
  return isSaving;
}

/** Where the log knows of no template, there is seldom one. */
async function hasAny({ driver }: TendedHost): Promise<boolean> {
  return (await driver.listTemplates()).length > 0;
}

async function tendOne(
  { templates }: TendingParts,
  { hostId, driver, fenceFor }: TendedHost,
  { templateId, state: { stage, template }, position }: FleetTemplate,
  found: VmTemplateStatus | null,
  component: WorkerComponent,
): Promise<boolean> {
  const metadata = because(component, hostId, position);
  if (stage === 'retired') {
    if (found !== null) await driver.retireTemplate(templateId, await fenceFor(position));
    return false;
  }
  if (found !== null && found.savedAtMs !== null) {
    if (stage === 'requested') await templates.saved(templateId, found.savedAtMs, metadata);
    return false;
  }
  if (stage === 'saved') {
    await templates.givenUp(templateId, 'its host does not have it any more', metadata);
    return false;
  }
  if (found !== null || template === null) return found !== null;
  const { kernelInstanceId, image, bootId, warmCopies } = template;
  const asked = { templateId, kernelInstanceId, image, bootId, warmCopies };
  try {
    await driver.saveTemplate(asked, await fenceFor(position));
    return true;
  } catch (error) {
    if (!(error instanceof DriverError) || !permanentCodes.has(error.code)) throw error;
    await templates.givenUp(templateId, `${error.code}: ${error.message}`, metadata);
    return false;
  }
}
