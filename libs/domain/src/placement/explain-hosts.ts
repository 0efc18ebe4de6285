import type { HostId } from '../ids.js';
import { candidatesFor, type Wanted } from './candidates.js';
import type { Fleet } from './fleet.js';
import type { FleetHost } from './fleet-host.js';
import { shareOf } from './host-class.js';
import { HostIndex } from './host-index.js';
import { type Preference, pointsOf } from './preferences.js';
import { kernelComesFirst } from './standing.js';
import { type TurnedDown, turnedDown } from './turned-down.js';

/** Hosts that are named of each cause, and of those that could take it; the others are counted. */
export const HOSTS_NAMED_MAX = 20;

/** A host that could take it now. */
export interface AbleHost {
  readonly hostId: HostId;
  /** Hosts whose kernels come first are taken before all others, whatever the preferences say. */
  readonly kernelFirst: boolean;
  readonly points: readonly { readonly id: Preference['id']; readonly points: number }[];
  /** What would be left free, CPU and memory together, as a share of what it has: 0 to 2. */
  readonly leftover: number;
}

export interface TurnedDownHosts {
  readonly cause: string;
  readonly count: number;
  /** The first of them by id, each with what holds of it. */
  readonly hosts: readonly { readonly hostId: HostId; readonly detail: string }[];
}

/** What became of every host of the fleet, behind one wall. */
export interface HostsExplanation {
  /** In the order in which best fit looks at them. */
  readonly able: { readonly count: number; readonly hosts: readonly AbleHost[] };
  /** By cause, the most frequent first. */
  readonly turnedDown: readonly TurnedDownHosts[];
}

/**
 * Asks the placement about every host as if it were the only one: what it takes or turns down then is
 * what it would take or turn down among the others.
 */
export function explainHosts(fleet: Fleet, wanted: Wanted): HostsExplanation {
  const able: AbleHost[] = [];
  const groups = new Map<string, { hostId: HostId; detail: string }[]>();
  for (const host of fleet.hosts.values()) {
    const answer = askAlone(host, wanted);
    if ('cause' in answer) {
      const group = groups.get(answer.cause) ?? [];
      groups.set(answer.cause, group);
      group.push({ hostId: host.hostId, detail: answer.detail });
    } else able.push(answer);
  }
  const turnedDownHosts = [...groups].map(([cause, hosts]) => ({
    cause,
    count: hosts.length,
    hosts: hosts.sort((a, b) => (a.hostId < b.hostId ? -1 : 1)).slice(0, HOSTS_NAMED_MAX),
  }));
  turnedDownHosts.sort((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1));
  const hosts = able.sort(inOrderOfBestFit).slice(0, HOSTS_NAMED_MAX);
  return { able: { count: able.length, hosts }, turnedDown: turnedDownHosts };
}

function askAlone(host: FleetHost, wanted: Wanted): AbleHost | TurnedDown {
  const index = new HostIndex();
  index.put(host);
  const { best, obstacle } = candidatesFor(index, wanted);
  const [shape] = index.classes.values();
  if (best === null || shape === undefined) return turnedDown(host, obstacle, wanted);
  const { image, needed, isolation, batchTasks } = wanted;
  const { standing, freeShare } = shape.seat(host);
  const leftover = freeShare - shareOf(shape.shape, needed.cpuMillis, needed.memoryMiB);
  const points = pointsOf({ host, leftover, imageId: image.imageId, batchTasks });
  return {
    hostId: host.hostId,
    kernelFirst: kernelComesFirst(standing, isolation),
    points,
    leftover,
  };
}

/** The preferences choose among the first few of these: see `Shortlist`. */
function inOrderOfBestFit(a: AbleHost, b: AbleHost): number {
  if (a.kernelFirst !== b.kernelFirst) return a.kernelFirst ? -1 : 1;
  return a.leftover - b.leftover || (a.hostId < b.hostId ? -1 : 1);
}
