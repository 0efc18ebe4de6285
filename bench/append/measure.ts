import { type Case, MAIN_CASES, OTHER_CASES, WRITERS_CASE } from './cases.js';
import type { ContestantProcess } from './contestant-process.js';
import type { Contestants } from './contestants.js';
import { connectionsFor, type FloorConnections } from './floor-connections.js';
import type { Load, Loaded } from './load.js';
import type { Settings } from './settings.js';

/** Ours without anybody building the Merkle tree beside it: the cost of tamper evidence. */
export const WITHOUT_TREE = 'withoutTree';

/** One run of one contestant. Runs of one round and case were neighbours in time. */
export interface Run extends Loaded {
  readonly round: number;
  readonly contestant: string;
  readonly case: Case;
}

export interface Measured {
  readonly runs: readonly Run[];
  /** How many events the tree was behind at the end of each of our runs. */
  readonly treeBehind: readonly number[];
  /** Of each round: appends a second of all writers together, divided by those of one alone. */
  readonly writers: readonly number[];
}

/** Cases without a target are measured in every second round. */
const OTHERS_EVERY = 2;
const WARM_UP_SECONDS = 0.3;

export async function measure(
  contestants: Contestants,
  floorConnections: FloorConnections,
  { rounds, seconds }: Settings,
): Promise<Measured> {
  const runs: Run[] = [];
  const writers: number[] = [];
  const treeBehind: number[] = [];
  const { bulkhead, rawInsert, peers, tree } = contestants;
  const load = (one: Case): Load => ({
    ...one,
    seconds,
    connections: connectionsFor(floorConnections, one),
  });
  for (let round = 0; round < rounds; round += 1) {
    const note = (contestant: string, one: Case, loaded: Loaded) =>
      runs.push({ ...loaded, round, contestant, case: one });
    const measureCase = async (one: Case, all: readonly ContestantProcess[]) => {
      for (const contestant of rotated(all, round)) {
        note(contestant.name, one, await contestant.run(load(one)));
        // Whoever comes next shall not share the machine with what is left to do for us.
        if (contestant === bulkhead) treeBehind.push(await tree.build());
      }
    };
    const measureWithoutTree = async (one: Case) => {
      await tree.stop();
      note(WITHOUT_TREE, one, await bulkhead.run(load(one)));
      await tree.build();
    };
    for (const one of MAIN_CASES) {
      if (round % 2 === 0) await measureWithoutTree(one);
      await measureCase(one, [bulkhead, rawInsert, ...peers]);
      if (round % 2 === 1) await measureWithoutTree(one);
    }
    if (round % OTHERS_EVERY === 0) {
      for (const one of OTHER_CASES) await measureCase(one, [bulkhead, rawInsert]);
    }
    writers.push(await measureWriters(contestants, load(WRITERS_CASE), round));
    await tree.build();
    console.error(`round ${round + 1} of ${rounds} is measured`);
  }
  return { runs, writers, treeBehind };
}

/** Plans are made, code is compiled, files are extended: none of that belongs to a measured run. */
export async function warmUp({ bulkhead, moreWriters, peers, tree }: Contestants): Promise<void> {
  for (const one of [bulkhead, ...moreWriters, ...peers]) {
    for (const warming of MAIN_CASES) {
      await one.run({ ...warming, seconds: WARM_UP_SECONDS, connections: null });
    }
  }
  await tree.build();
}

async function measureWriters(
  { bulkhead, moreWriters }: Contestants,
  load: Load,
  round: number,
): Promise<number> {
  const alone = async () => perSecond([await bulkhead.run(load)]);
  const together = async () =>
    perSecond(await Promise.all([bulkhead, ...moreWriters].map((one) => one.run(load))));
  if (round % 2 === 0) {
    const one = await alone();
    return (await together()) / one;
  }
  const all = await together();
  return all / (await alone());
}

function perSecond(loads: readonly Loaded[]): number {
  return loads.reduce((sum, { appends, seconds }) => sum + appends / seconds, 0);
}

/** Nobody always comes first. */
function rotated<T>(all: readonly T[], by: number): readonly T[] {
  const first = by % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
