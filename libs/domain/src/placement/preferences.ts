import type { HostId, ImageId } from '../ids.js';
import type { FleetHost } from './fleet/fleet-host.js';

/** How many tasks of a batch each host holds; null for a workload of no batch. */
export type BatchTasks = ReadonlyMap<HostId, number> | null;

/** Sets of hosts that have a saved template which the workload's utility VM may be cloned from. */
export type TemplateHosts = readonly ReadonlySet<HostId>[];

export const noTemplates: TemplateHosts = [];

/** What the preferences look at, for one host that could take the workload. */
export interface Taste {
  /** How badly it fits in: 0 to 1 (`misfitOf`). */
  readonly misfit: number;
  /** Whether the host has a template that its utility VM may be cloned from. */
  readonly cloneReady: boolean;
  /** Whether the host has pulled the image before. */
  readonly imagePresent: boolean;
  /** How many tasks of the same batch the host holds. */
  readonly tasksHere: number;
}

export interface Preference {
  readonly id: 'packing' | 'clone-ready' | 'image-present' | 'batch-spread';
  /** How much it counts against the others. */
  readonly weight: number;
  /** One sentence for operators. */
  readonly text: string;
  /** From 0, where the host has nothing of it, to 1. */
  readonly points: (taste: Taste) => number;
}

/**
 * What makes one host better than another once nothing forbids either. The kernel is not among them: it
 * comes before all of them (`kernelComesFirst`), because a kernel that was claimed is gone for others until
 * its host boots again, which no better packing makes up for.
 */
export const preferences: readonly Preference[] = [
  {
    id: 'packing',
    weight: 100,
    text: 'Fuller hosts first, so that large workloads still find room elsewhere; a utility VM beside the silos of others goes where most would lie idle.',
    points: ({ misfit }) => 1 - misfit,
  },
  {
    id: 'clone-ready',
    weight: 20,
    text: 'A host that has a template of the image for its trust boundary starts its utility VM as a clone, which takes little more than half as long.',
    points: ({ cloneReady }) => (cloneReady ? 1 : 0),
  },
  {
    id: 'image-present',
    weight: 10,
    text: 'A host that has pulled the image before starts it sooner.',
    points: ({ imagePresent }) => (imagePresent ? 1 : 0),
  },
  {
    id: 'batch-spread',
    weight: 2,
    text: 'Tasks of one batch go to different hosts, so that losing one host loses few of them.',
    points: ({ tasksHere }) => 1 / (1 + tasksHere),
  },
];

/** A host that fits so badly, seen by a workload of this image and batch. */
export function tasteOf(
  { hostId, images }: FleetHost,
  misfit: number,
  imageId: ImageId,
  batchTasks: BatchTasks,
  templateHosts: TemplateHosts,
): Taste {
  return {
    misfit,
    cloneReady: hasTemplate(templateHosts, hostId),
    imagePresent: images.has(imageId),
    tasksHere: batchTasks?.get(hostId) ?? 0,
  };
}

export function hasTemplate(templateHosts: TemplateHosts, hostId: HostId): boolean {
  for (const hosts of templateHosts) if (hosts.has(hostId)) return true;
  return false;
}

/** What each preference gives the host, for whoever asks why it was chosen. */
export function pointsOf(told: {
  readonly host: FleetHost;
  readonly misfit: number;
  readonly imageId: ImageId;
  readonly batchTasks: BatchTasks;
  readonly templateHosts: TemplateHosts;
}): { id: Preference['id']; points: number }[] {
  const { host, misfit, imageId, batchTasks, templateHosts } = told;
  const taste = tasteOf(host, misfit, imageId, batchTasks, templateHosts);
  return preferences.map(({ id, weight, points }) => ({ id, points: weight * points(taste) }));
}

export function totalPoints(taste: Taste): number {
  let total = 0;
  for (const { weight, points } of preferences) total += weight * points(taste);
  return total;
}
