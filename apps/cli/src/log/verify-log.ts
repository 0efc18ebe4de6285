import {
  type LogFault,
  MissingTile,
  NoteRefused,
  type NoteVerifier,
  openTreeHead,
  type RawEntry,
  rootAt,
  type SignedTreeHead,
  type TileReader,
  type TreeHead,
  verifyEntries,
} from '@bulkhead/event-store/proof';
import { type KeptHeads, keptInOrder, type Survey, surveyKept } from './kept-heads.js';

/** A log that is to be recomputed, and what it is held against. */
export interface LogToVerify {
  readonly entries: AsyncIterable<RawEntry>;
  readonly verifiers: readonly NoteVerifier[];
  /** The tree head that came with the log, unchecked; null where it has none. */
  readonly ownHead: string | null;
  readonly kept: KeptHeads | null;
  /** The tree beside the log: it names the very entry that was changed. */
  readonly storedTree?: TileReader;
  readonly onProgress?: (position: number) => void;
}

export interface LogVerification {
  readonly verified: boolean;
  readonly origin: string | null;
  /** How many entries were found in order. */
  readonly size: number;
  /** Over all of them, in base64; null where something is wrong with them. */
  readonly rootHash: string | null;
  /** How many of them trusted tree heads cover. */
  readonly signedSize: number;
  /** How many kept heads were compared. */
  readonly keptHeads: number;
  readonly firstBadPosition: number | null;
  readonly lastBadPosition: number | null;
  readonly kind: LogFault['kind'] | 'untrusted-head' | 'nothing-signed' | null;
  /** What is wrong, in a sentence. */
  readonly problem: string | null;
}

type Trouble = Pick<LogVerification, 'kind' | 'problem'>;

const NOTHING: LogVerification = {
  verified: false,
  origin: null,
  size: 0,
  rootHash: null,
  signedSize: 0,
  keptHeads: 0,
  firstBadPosition: null,
  lastBadPosition: null,
  kind: null,
  problem: null,
};

/**
 * Recomputes a log from its entries and trusts nothing but the keys. A head that cannot be trusted does
 * not end it: kept heads may still say where the log was changed. Kept heads are read twice, once to know
 * that all of them can be trusted and once beside the entries, because a history may not fit into memory.
 */
export async function verifyLog(log: LogToVerify): Promise<LogVerification> {
  const own = ownHead(log);
  const trusted = Array.isArray(own) ? own : [];
  const kept = await surveyed(log, trusted);
  if ('kind' in kept) return { ...NOTHING, ...kept };
  // Of two histories the kept one counts, and where the log leaves it is for the entries to show.
  const also = kept.forkedWith === null ? trusted : [];
  const origins = [...new Set([...kept.origins, ...also.map(({ origin }) => origin)])];
  const fork = kept.forkedWith === null ? null : forkTrouble(kept.forkedWith);
  const trouble = Array.isArray(own) ? (fork ?? troubleAmong(origins)) : (own as Trouble);
  if (trouble?.kind === 'untrusted-head' && Array.isArray(own)) return { ...NOTHING, ...trouble };
  const heads = log.kept === null ? also : keptInOrder(log.kept, log.verifiers, kept, also);
  const found = { ...NOTHING, origin: origins[0] ?? null, keptHeads: kept.count };
  return recompute(log, heads, found, trouble);
}

async function recompute(
  { entries, storedTree, onProgress }: LogToVerify,
  heads: readonly SignedTreeHead[] | AsyncIterable<SignedTreeHead>,
  known: LogVerification,
  trouble: Trouble | null,
): Promise<LogVerification> {
  const verdict = await verifyEntries({
    entries,
    heads,
    ...(storedTree === undefined ? {} : { storedTree }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const found = { ...known, size: verdict.size };
  if (!verdict.ok) {
    const { kind, position, through, message } = verdict.fault;
    const problem = trouble === null ? message : `${message}. Also, ${trouble.problem}`;
    return { ...found, firstBadPosition: position, lastBadPosition: through, kind, problem };
  }
  const whole = {
    ...found,
    rootHash: verdict.rootHash.toString('base64'),
    signedSize: verdict.coveredThrough,
  };
  const wrong = trouble ?? (await treeTrouble(storedTree, verdict.lastHead));
  return wrong === null ? { ...whole, verified: true } : { ...whole, ...wrong };
}

/** The log's own head where its signature is right, or why it is of no use. */
function ownHead({ ownHead, verifiers }: LogToVerify): readonly SignedTreeHead[] | Trouble {
  try {
    return ownHead === null ? [] : [openTreeHead(ownHead, verifiers)];
  } catch (error) {
    return untrusted('the tree head of the log', error);
  }
}

/** What the kept heads are, or why one of them is of no use. */
async function surveyed(
  { kept, verifiers }: LogToVerify,
  own: readonly SignedTreeHead[],
): Promise<Survey | Trouble> {
  if (kept === null) return { count: 0, origins: [], stragglers: [], forkedWith: null };
  try {
    return await surveyKept(kept, verifiers, own);
  } catch (error) {
    return untrusted(kept.name, error);
  }
}

function untrusted(name: string, error: unknown): Trouble {
  if (!(error instanceof NoteRefused)) throw error;
  return { kind: 'untrusted-head', problem: `${name} cannot be trusted: ${error.message}` };
}

function forkTrouble({ size }: SignedTreeHead): Trouble {
  const problem = `the log's own tree head of size ${size} has another root than the kept one of that size: both are signed, so the log has shown two histories`;
  return { kind: 'forked-heads', problem };
}

function troubleAmong(origins: readonly string[]): Trouble | null {
  if (origins.length > 1) {
    const problem = `the tree heads are of different logs: ${origins.join(', ')}`;
    return { kind: 'untrusted-head', problem };
  }
  if (origins.length > 0) return null;
  return { kind: 'nothing-signed', problem: 'no tree head covers the log, so nothing is proved' };
}

/** Leaves were compared one by one; what the tree holds above them shows in its root. */
async function treeTrouble(
  tree: TileReader | undefined,
  head: TreeHead | null,
): Promise<Trouble | null> {
  if (tree === undefined || head === null) return null;
  const kind = 'stored-tree-differs';
  try {
    if ((await rootAt(tree, head.size)).equals(head.rootHash)) return null;
    return { kind, problem: 'the entries are right, but proofs from the stored tree are wrong' };
  } catch (error) {
    if (!(error instanceof MissingTile)) throw error;
    return { kind, problem: `the entries are right, but the stored tree is not: ${error.message}` };
  }
}
