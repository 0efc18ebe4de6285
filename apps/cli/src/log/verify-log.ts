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
  treeHeadsIn,
  verifyEntries,
} from '@bulkhead/event-store/proof';

/** Heads that somebody kept outside of the log. */
export interface KeptHeads {
  /** Where they come from, for people. */
  readonly name: string;
  readonly text: string;
}

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
 * not end it: kept heads may still say where the log was changed.
 */
export async function verifyLog(log: LogToVerify): Promise<LogVerification> {
  const kept = opened(log.kept?.name ?? '', () =>
    log.kept === null ? [] : treeHeadsIn(log.kept.text, log.verifiers),
  );
  if (!Array.isArray(kept)) return { ...NOTHING, ...(kept as Trouble) };
  const own = opened('the tree head of the log', () =>
    log.ownHead === null ? [] : [openTreeHead(log.ownHead, log.verifiers)],
  );
  const trusted = Array.isArray(own) ? own : [];
  const fork = forkBetween(trusted, kept);
  // Of two histories the kept one counts, and where the log leaves it is for the entries to show.
  const heads = fork === null ? [...kept, ...trusted] : kept;
  const trouble = Array.isArray(own) ? (fork ?? troubleAmong(heads)) : (own as Trouble);
  if (trouble?.kind === 'untrusted-head' && Array.isArray(own)) return { ...NOTHING, ...trouble };
  return recompute(log, heads, kept.length, trouble);
}

async function recompute(
  { entries, storedTree, onProgress }: LogToVerify,
  heads: readonly SignedTreeHead[],
  keptHeads: number,
  trouble: Trouble | null,
): Promise<LogVerification> {
  const verdict = await verifyEntries({
    entries,
    heads,
    ...(storedTree === undefined ? {} : { storedTree }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const found = { ...NOTHING, origin: heads[0]?.origin ?? null, size: verdict.size, keptHeads };
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
  const last = heads.find(({ size }) => size === verdict.coveredThrough);
  const wrong = trouble ?? (await treeTrouble(storedTree, last));
  return wrong === null ? { ...whole, verified: true } : { ...whole, ...wrong };
}

/** Heads whose signatures are right, or why they are of no use. */
function opened(
  name: string,
  open: () => readonly SignedTreeHead[],
): readonly SignedTreeHead[] | Trouble {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    return { kind: 'untrusted-head', problem: `${name} cannot be trusted: ${error.message}` };
  }
}

function forkBetween(
  own: readonly SignedTreeHead[],
  kept: readonly SignedTreeHead[],
): Trouble | null {
  const forked = own.find((one) =>
    kept.some(({ size, rootHash }) => size === one.size && !rootHash.equals(one.rootHash)),
  );
  if (forked === undefined) return null;
  const problem = `the log's own tree head of size ${forked.size} has another root than the kept one of that size: both are signed, so the log has shown two histories`;
  return { kind: 'forked-heads', problem };
}

function troubleAmong(heads: readonly SignedTreeHead[]): Trouble | null {
  const origins = [...new Set(heads.map(({ origin }) => origin))];
  if (origins.length > 1) {
    const problem = `the tree heads are of different logs: ${origins.join(', ')}`;
    return { kind: 'untrusted-head', problem };
  }
  if (heads.length > 0) return null;
  return { kind: 'nothing-signed', problem: 'no tree head covers the log, so nothing is proved' };
}

/** Leaves were compared one by one; what the tree holds above them shows in its root. */
async function treeTrouble(
  tree: TileReader | undefined,
  head: SignedTreeHead | undefined,
): Promise<Trouble | null> {
  if (tree === undefined || head === undefined) return null;
  const kind = 'stored-tree-differs';
  try {
    if ((await rootAt(tree, head.size)).equals(head.rootHash)) return null;
    return { kind, problem: 'the entries are right, but proofs from the stored tree are wrong' };
  } catch (error) {
    if (!(error instanceof MissingTile)) throw error;
    return { kind, problem: `the entries are right, but the stored tree is not: ${error.message}` };
  }
}
