import type { HostId } from '../../ids.js';
import { candidatesFor, type Wanted } from '../candidates.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { type Fit, freeShareOf, misfitOf, rankOf } from '../host-index/fit.js';
import { HostIndex } from '../host-index/host-index.js';
import {
  fitFor,
  kernelComesFirst,
  standingOf,
  UTILITY_VMS_PER_HOST_MAX,
} from '../host-index/standing.js';
import { noTemplates, type Preference, pointsOf } from '../preferences.js';
import { type HostShape, shapeOf } from '../unrunnable.js';
import { type TurnedDown, turnedDown } from './turned-down.js';

/** Hosts that are named of each cause, and of those that could take it; the others are counted. */
export const HOSTS_NAMED_MAX = 20;

/** A host that could take it now. */
export interface AbleHost {
  readonly hostId: HostId;
  /** Hosts whose kernels come first are taken before all others, whatever the preferences say. */
  readonly kernelFirst: boolean;
  readonly points: readonly { readonly id: Preference['id']; readonly points: number }[];
  /** In which order it comes among those that the preferences choose from: less first. */
  readonly rank: number;
}

export interface TurnedDownHosts {
  readonly cause: string;
  readonly count: number;
  /** The first of them by id, each with what holds of it. */
  readonly hosts: readonly { readonly hostId: HostId; readonly detail: string }[];
}

/** What became of every host of the fleet, behind one wall. */
export interface HostsExplanation {
  /** In the order in which the preferences are asked about them. */
  readonly able: { readonly count: number; readonly hosts: readonly AbleHost[] };
  /** By cause, the most frequent first. */
  readonly turnedDown: readonly TurnedDownHosts[];
}

/** After so many hosts whoever explains lets others run. */
const HOSTS_PER_TURN = 250;

/**
 * Asks the placement about every host as if it were the only one: what it takes or turns down then is
 * what it would take or turn down among the others. Yields now and then, and goes on whenever it is told
 * to; what happens to the fleet meanwhile makes no difference. `utilityVmsMax`: how many a host may hold.
 */
export function* explainHosts(
  hosts: readonly FleetHost[],
  wanted: Wanted,
  utilityVmsMax = UTILITY_VMS_PER_HOST_MAX,
): Generator<undefined, HostsExplanation> {
  const able: AbleHost[] = [];
  const groups = new Map<string, { hostId: HostId; detail: string }[]>();
  for (const [at, host] of hosts.entries()) {
    if (at % HOSTS_PER_TURN === HOSTS_PER_TURN - 1) yield;
    const answer = askAlone(host, wanted, utilityVmsMax);
    if ('cause' in answer) {
      const group = groups.get(answer.cause) ?? [];
      groups.set(answer.cause, group);
      group.push({ hostId: host.hostId, detail: answer.detail });
    } else able.push(answer);
  }
  const turnedDownHosts = [...groups].map(([cause, ofCause]) => ({
    cause,
    count: ofCause.length,
    hosts: ofCause.sort((a, b) => (a.hostId < b.hostId ? -1 : 1)).slice(0, HOSTS_NAMED_MAX),
  }));
  turnedDownHosts.sort((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1));
  const named = able.sort(inOrderOfRank).slice(0, HOSTS_NAMED_MAX);
  return { able: { count: able.length, hosts: named }, turnedDown: turnedDownHosts };
}

/** The result of something that yields now and then, without letting anybody else run. */
export function withoutPause<T>(steps: Generator<undefined, T>): T {
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

function askAlone(host: FleetHost, wanted: Wanted, utilityVmsMax: number): AbleHost | TurnedDown {
  const index = new HostIndex(utilityVmsMax);
  index.put(host);
  const { best, obstacle } = candidatesFor(index, wanted);
  const shape = shapeOf(host.state);
  if (best === null || shape === null) return turnedDown(host, obstacle, wanted);
  const { image, isolation, batchTasks, templateHosts = noTemplates } = wanted;
  const kernelFirst = kernelComesFirst(standingOf(host, index.utilityVmsMax), isolation);
  const { misfit, rank } = fitOn(shape, host, wanted, fitFor(isolation, kernelFirst));
  const points = pointsOf({ host, misfit, imageId: image.imageId, batchTasks, templateHosts });
  return { hostId: host.hostId, kernelFirst, points, rank };
}

function fitOn(shape: HostShape, host: FleetHost, { needed }: Wanted, fit: Fit) {
  const cpuMillis = shape.cpuMillis - host.usedCpuMillis;
  const memoryMiB = shape.memoryMiB - host.usedMemoryMiB;
  const left = [cpuMillis - needed.cpuMillis, memoryMiB - needed.memoryMiB] as const;
  const misfit = misfitOf(fit, shape, ...left);
  return { misfit, rank: rankOf(fit, freeShareOf(shape, cpuMillis, memoryMiB), misfit) };
}

/** The preferences choose among the first few of these: see `Shortlist`. */
function inOrderOfRank(a: AbleHost, b: AbleHost): number {
  if (a.kernelFirst !== b.kernelFirst) return a.kernelFirst ? -1 : 1;
  return a.rank - b.rank || (a.hostId < b.hostId ? -1 : 1);
}
