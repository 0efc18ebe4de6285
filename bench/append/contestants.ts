import { installPeers } from '../peers/install-peers.js';
import { ContestantProcess } from './contestant-process.js';
import type { BenchServer } from './server.js';
import { TreeProcess } from './tree-process.js';

/** Four processes write together in one part of the benchmark; the first of them also runs alone. */
export const WRITERS = 4;

const PEERS = ['emmett', 'castore'] as const;

/** Every process that takes part. */
export interface Contestants {
  readonly bulkhead: ContestantProcess;
  readonly moreWriters: readonly ContestantProcess[];
  readonly rawInsert: ContestantProcess;
  readonly peers: readonly ContestantProcess[];
  readonly tree: TreeProcess;
  /** Why a peer does not take part. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

export async function startContestants(server: BenchServer): Promise<Contestants> {
  const started: { close(): Promise<void> }[] = [];
  const start = async (name: string, file: string, url: string) => {
    const one = await ContestantProcess.start(name, new URL(file, import.meta.url), url);
    started.push(one);
    return one;
  };
  const close = async () => {
    await Promise.all(started.map((one) => one.close()));
  };
  try {
    const bulkhead = await start('bulkhead', 'bulkhead.main.js', server.apiUrl);
    const moreWriters: ContestantProcess[] = [];
    while (moreWriters.length < WRITERS - 1) {
      moreWriters.push(await start('bulkhead', 'bulkhead.main.js', server.apiUrl));
    }
    const rawInsert = await start('rawInsert', 'raw-insert.main.js', server.adminUrl);
    const { peers, notes } = await startPeers(server, start);
    const tree = await TreeProcess.start(server.workerUrl, server.headFolder);
    started.push(tree);
    return { bulkhead, moreWriters, rawInsert, peers, tree, notes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A peer that cannot be installed or started is left out, and the figures say why. */
async function startPeers(
  server: BenchServer,
  start: (name: string, file: string, url: string) => Promise<ContestantProcess>,
): Promise<{ peers: ContestantProcess[]; notes: string[] }> {
  const problem = await installPeers();
  if (problem !== null) return { peers: [], notes: [problem] };
  const peers: ContestantProcess[] = [];
  const notes: string[] = [];
  for (const name of PEERS) {
    const url = await server.newDatabase(name);
    try {
      peers.push(await start(name, `../peers/${name}.main.js`, url));
    } catch (error) {
      notes.push(`${name} takes no part: ${(error as Error).message}`);
    }
  }
  return { peers, notes };
}
