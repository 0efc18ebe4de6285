/** What one workload takes, and whose silo it is; null where it has a utility VM, which may stand anywhere. */
export interface Item {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly silosOf: string | null;
}

export interface Capacity {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
}

interface Bin {
  cpuMillis: number;
  memoryMiB: number;
  silosOf: string | null;
}

type Order = (item: Item, of: Capacity) => number;
const cpu: Order = (item, of) => item.cpuMillis / of.cpuMillis;
const memory: Order = (item, of) => item.memoryMiB / of.memoryMiB;
const orders: readonly Order[] = [
  cpu,
  memory,
  (item, of) => cpu(item, of) + memory(item, of),
  (item, of) => Math.max(cpu(item, of), memory(item, of)),
];

/**
 * Hosts that are needed where everything is known beforehand: the largest first, each to the first host that
 * takes it, no kernel with silos of two boundaries. By several measures of size, with silos first and among
 * the others; the best counts.
 * @throws Error where an item is larger than a host, or the answer is below what capacity alone demands
 */
export function firstFitDecreasing(items: readonly Item[], of: Capacity): number {
  let best = Number.POSITIVE_INFINITY;
  for (const order of orders) {
    const sorted = [...items].sort((a, b) => order(b, of) - order(a, of));
    const silos = sorted.filter(({ silosOf }) => silosOf !== null);
    const virtual = sorted.filter(({ silosOf }) => silosOf === null);
    for (const row of [sorted, [...silos, ...virtual]]) best = Math.min(best, fill(row, of));
  }
  const least = lowerBound(items, of);
  if (best < least) throw new Error(`${best} hosts cannot hold what needs ${least}`);
  return best;
}

/** What capacity alone demands: of everything together, and of each boundary's silos. */
export function lowerBound(items: readonly Item[], of: Capacity): number {
  const boundaries = new Map<string, Item[]>();
  for (const item of items) {
    if (item.silosOf === null) continue;
    boundaries.set(item.silosOf, [...(boundaries.get(item.silosOf) ?? []), item]);
  }
  let kernels = 0;
  for (const silos of boundaries.values()) kernels += hostsFor(silos, of);
  return Math.max(kernels, hostsFor(items, of));
}

function hostsFor(items: readonly Item[], of: Capacity): number {
  const cpuMillis = items.reduce((sum, item) => sum + item.cpuMillis, 0);
  const memoryMiB = items.reduce((sum, item) => sum + item.memoryMiB, 0);
  return Math.ceil(Math.max(cpuMillis / of.cpuMillis, memoryMiB / of.memoryMiB));
}

function fill(items: readonly Item[], of: Capacity): number {
  const leastCpu = Math.min(...items.map(({ cpuMillis }) => cpuMillis));
  const leastMemory = Math.min(...items.map(({ memoryMiB }) => memoryMiB));
  let used = 0;
  // Those that may still take something: who is full is looked at no more, which changes no answer.
  let open: Bin[] = [];
  for (const item of items) {
    const known = firstOf(open, item);
    const bin = known ?? { ...of, silosOf: null };
    if (known === null) {
      open.push(bin);
      used += 1;
    }
    const { cpuMillis, memoryMiB, silosOf } = item;
    if (!fits(bin, item))
      throw new Error(`no host has ${cpuMillis} cpuMillis and ${memoryMiB} MiB`);
    bin.cpuMillis -= cpuMillis;
    bin.memoryMiB -= memoryMiB;
    bin.silosOf ??= silosOf;
    if (bin.cpuMillis < leastCpu || bin.memoryMiB < leastMemory) {
      open = open.filter((one) => one !== bin);
    }
  }
  return used;
}

/** The first of its own boundary that takes it, or the first that anybody may have. */
function firstOf(open: readonly Bin[], item: Item): Bin | null {
  let free: Bin | null = null;
  for (const bin of open) {
    if (!fits(bin, item)) continue;
    if (item.silosOf === null || bin.silosOf === item.silosOf) return bin;
    if (bin.silosOf === null) free ??= bin;
  }
  return free;
}

function fits(bin: Capacity, { cpuMillis, memoryMiB }: Item): boolean {
  return bin.cpuMillis >= cpuMillis && bin.memoryMiB >= memoryMiB;
}
