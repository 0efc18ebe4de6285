import type { Labels } from '../host/labels.js';
import type { ImageFacts, Isolation } from '../isolation/decision.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { DeferralCause } from '../workload/events.js';
import type { Resources } from '../workload/request.js';
import type { FleetHost } from './fleet/fleet-host.js';
import type { BreaksKernel } from './fleet/open-advisories.js';
import type { HostClass } from './host-index/host-class.js';
import type { HostIndex } from './host-index/host-index.js';
import type { Shelf } from './host-index/shelf.js';
import { fitFor, obstacleOf } from './host-index/standing.js';
import { type BatchTasks, noTemplates, type TemplateHosts } from './preferences.js';
import { hasRoomEver } from './unrunnable.js';

export interface Wanted {
  readonly image: ImageFacts;
  readonly isolation: Isolation;
  readonly needed: Resources;
  readonly compatibilityVersion: number;
  readonly boundary: TrustBoundary;
  readonly batchTasks: BatchTasks;
  /** Where it could start as a clone; none where it is left out. */
  readonly templateHosts?: TemplateHosts;
  /** Kernels that take no silo now; null or left out where all of them do. */
  readonly brokenKernels?: BreaksKernel | null;
  readonly hostSelector: Labels;
  /** Hosts that it may not go to, because they hold a task of its batch; null where that is no matter. */
  readonly apartFrom: BatchTasks;
}

export interface Candidates {
  readonly best: FleetHost | null;
  /** Whether any host could run it in this isolation if it were empty, open, and its kernel theirs to use and whole. */
  readonly supported: boolean;
  /** Whether any of those is open and its kernel lets it in: only room is missing. */
  readonly suitable: boolean;
  /** Why there is no best one: the constraint that turned down the hosts that came closest. */
  readonly obstacle: Obstacle;
}

export interface Obstacle {
  readonly cause: DeferralCause;
  readonly detail: string;
}

const details: Readonly<Record<DeferralCause, string>> = {
  'no-host': 'there is no host yet',
  'isolation-unavailable':
    'no host that has the labels it asks for offers this isolation for its image',
  'open-advisory': 'an open advisory breaks every kernel that could run it',
  'host-unavailable':
    'every host that could run it is cordoned, draining, in quarantine, lost, not up yet, holds all the utility VMs it may, or has a task of the same batch',
  'kernel-busy': 'every kernel that could run it belongs to another trust boundary',
  memory: 'not enough memory is free on any host that could run it',
  'tenant-suspended': 'the tenant is suspended',
  quota: 'the tenant holds as much as its quota allows',
  cpu: 'not enough CPU is free on any host that could run it',
};

/**
 * The constraints in the order in which a host is held against them: who fails a later one came closer.
 * `isolation-unavailable` is asked of a host's shape (`supports`, `hasRoomEver`), an open advisory of its
 * version, the next two of its standing (`obstacleOf`), the last two of its room. A host that holds a task
 * of the same batch is asked where the room is, and is as good as closed to it.
 */
const nearness: readonly DeferralCause[] = [
  'no-host',
  'isolation-unavailable',
  'open-advisory',
  'host-unavailable',
  'kernel-busy',
  'memory',
  'cpu',
];

export function nearestObstacle(causes: Iterable<DeferralCause>): Obstacle {
  let nearest = 0;
  for (const cause of causes) nearest = Math.max(nearest, nearness.indexOf(cause));
  const cause = nearness[nearest] ?? 'no-host';
  return { cause, detail: details[cause] };
}

/**
 * The host that a workload should go to. Among those with room, the kernels that come first are taken
 * before the others; of these the preferences choose. Equal fleets give equal answers, in whatever
 * order their hosts became what they are.
 */
export function candidatesFor(index: HostIndex, wanted: Wanted): Candidates {
  const { needed } = wanted;
  const { supporting, others } = index.supportFor(wanted);
  const whole = unbroken(supporting, wanted);
  const best = bestOf(index, whole, wanted, true) ?? bestOf(index, whole, wanted, false);
  if (best !== null) return { best, supported: true, suitable: true, obstacle: noObstacle };
  const causes = new Set<DeferralCause>();
  const fitting = supporting.filter(({ shape }) => hasRoomEver(shape, needed));
  const usable = unbroken(fitting, wanted);
  for (const one of usable) {
    addObstacles(causes, one, index.owned.get(wanted.boundary)?.shelfFor(one.shape), wanted);
  }
  if (usable.length < fitting.length) causes.add('open-advisory');
  if (fitting.length < supporting.length + others.length) causes.add('isolation-unavailable');
  const suitable = causes.has('memory') || causes.has('cpu');
  return { best, supported: usable.length > 0, suitable, obstacle: nearestObstacle(causes) };
}

const noObstacle = nearestObstacle([]);

/** Without those whose kernels an open advisory breaks, where a silo is asked for. */
function unbroken(
  classes: readonly HostClass[],
  { isolation, brokenKernels = null }: Wanted,
): readonly HostClass[] {
  if (brokenKernels === null || isolation === 'hyperv') return classes;
  return classes.filter(({ shape }) => !brokenKernels(shape.osVersion));
}

function bestOf(
  index: HostIndex,
  classes: readonly HostClass[],
  wanted: Wanted,
  kernelFirst: boolean,
): FleetHost | null {
  const { isolation, boundary, needed, image, apartFrom } = wanted;
  const joining = isolation === 'process' && kernelFirst;
  const ours = joining ? index.owned.get(boundary) : undefined;
  if (joining && ours === undefined) return null;
  const fit = fitFor(isolation, kernelFirst);
  const shortlist = index.shortlist.begin({ needed, fit, apartFrom });
  if (ours !== undefined) {
    ours.offerFitting(classes, shortlist);
  } else {
    for (const one of classes) {
      if (!hasRoomEver(one.shape, needed)) continue;
      for (const shelf of one.admitting(isolation, kernelFirst)) shelf.offerFitting(shortlist);
    }
  }
  const { batchTasks, templateHosts = noTemplates } = wanted;
  return shortlist.best(index.pulled.seatsWith(image.imageId), batchTasks, templateHosts);
}

/** What turned down the hosts of a class, when none of them has room. */
function addObstacles(
  causes: Set<DeferralCause>,
  one: HostClass,
  ours: Shelf | undefined,
  wanted: Wanted,
): void {
  const { isolation } = wanted;
  for (const [standing, shelf] of one.shelves) {
    if (shelf.size === 0) continue;
    const ofOthers = obstacleOf(standing, isolation, false);
    const ofOurs = obstacleOf(standing, isolation, true);
    if (ofOthers === null) addLacking(causes, shelf, wanted);
    else if (ofOurs !== null || shelf.size > (ours?.size ?? 0)) causes.add(ofOthers);
  }
  if (isolation === 'process' && ours !== undefined) addLacking(causes, ours, wanted);
}

/** What hosts lack that are open to it, their standing apart. */
function addLacking(causes: Set<DeferralCause>, shelf: Shelf, { needed, apartFrom }: Wanted): void {
  if (apartFrom === null) {
    causes.add(shelf.mostFree().memoryMiB < needed.memoryMiB ? 'memory' : 'cpu');
  } else if (shelf.hasOther(apartFrom, needed.memoryMiB)) causes.add('cpu');
  else causes.add(shelf.hasOther(apartFrom, 0) ? 'memory' : 'host-unavailable');
}
