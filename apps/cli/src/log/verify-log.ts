import {
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
import { LogFileProblem } from './log-files.js';
import { type LogVerification, NOTHING_FOUND, type Trouble } from './verification.js';

/** A log that is to be recomputed, and what it is held against. */
export interface LogToVerify {
  readonly entries: AsyncIterable<RawEntry>;
  readonly verifiers: readonly NoteVerifier[];
  /** The tree head that came with the log, unchecked; null where it has none. */
  readonly ownHead: string | null;
  readonly kept: readonly KeptHeads[];
  /**
   * Whether entries may come after the last that a head covers: in a log that grows they always do for
   * some seconds, while what is in an export was signed when it was made.
   */
  readonly mayEndUnsigned: boolean;
  /** The tree beside the log: it names the very entry that was changed. */
  readonly storedTree?: TileReader;
  readonly onProgress?: (position: number) => void;
}

/**
 * Recomputes a log from its entries and trusts nothing but the keys: whatever a key on the list has signed
 * in its own name counts, so heads from before the log was given another name are held against it like all
 * others. A head that cannot be trusted does not end it: kept heads may still say where the log was
 * changed. Kept heads are read twice, once to know that all of them can be trusted and once beside the
 * entries, because a history may not fit into memory.
 * @throws LogFileProblem where what was kept is no readable tree head
 */
export async function verifyLog(log: LogToVerify): Promise<LogVerification> {
  const own = ownHead(log);
  const ownTrouble = own !== null && 'kind' in own ? own : null;
  const trusted = own === null || 'kind' in own ? null : own;
  const surveys: Survey[] = [];
  for (const kept of log.kept) {
    const survey = await surveyed(kept, log.verifiers, trusted);
    if ('kind' in survey) return { ...NOTHING_FOUND, ...survey };
    surveys.push(survey);
  }
  const forkedWith = surveys.find((survey) => survey.forkedWith !== null)?.forkedWith ?? null;
  // Of two histories the kept one counts, and where the log leaves it is for the entries to show.
  const also = forkedWith === null && trusted !== null ? [trusted] : [];
  const kept = surveys.flatMap(({ kept: { name: file }, origins }) =>
    [...origins].map(([origin, heads]) => ({ file, origin, heads })),
  );
  const known = {
    ...NOTHING_FOUND,
    origin: trusted?.origin ?? kept[0]?.origin ?? null,
    keptHeads: surveys.reduce((sum, { count }) => sum + count, 0),
    kept,
  };
  const trouble =
    ownTrouble ?? forkTrouble(forkedWith) ?? (also.length + kept.length === 0 ? UNSIGNED : null);
  return recompute(log, keptInOrder(surveys, log.verifiers, also), {
    known,
    trouble,
    own: trusted,
  });
}

const UNSIGNED: Trouble = {
  kind: 'nothing-signed',
  problem: 'no tree head covers the log, so nothing is proved',
};

/** What is known before any entry is read. */
interface Known {
  readonly known: LogVerification;
  readonly trouble: Trouble | null;
  readonly own: SignedTreeHead | null;
}

async function recompute(
  log: LogToVerify,
  heads: AsyncIterable<SignedTreeHead>,
  { known, trouble, own }: Known,
): Promise<LogVerification> {
  const { entries, storedTree, onProgress } = log;
  const verdict = await verifyEntries({
    entries,
    heads,
    ...(storedTree === undefined ? {} : { storedTree }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const found = { ...known, size: verdict.size };
  if (!verdict.ok) {
    const { kind, position, through } = verdict.fault;
    const message = `${verdict.fault.message}${otherName(verdict.head, known)}`;
    const problem = trouble === null ? message : `${message}. Also, ${trouble.problem}`;
    return { ...found, firstBadPosition: position, lastBadPosition: through, kind, problem };
  }
  const { coveredThrough, lastHead } = verdict;
  const unsignedEntries = verdict.size - coveredThrough;
  const whole = {
    ...found,
    origin: own?.origin ?? lastHead?.origin ?? null,
    rootHash: verdict.rootHash.toString('base64'),
    signedSize: coveredThrough,
    signedBy: own?.size === coveredThrough ? own.origin : (lastHead?.origin ?? null),
    unsignedEntries,
    firstUnsignedPosition: unsignedEntries === 0 ? null : coveredThrough + 1,
  };
  const wrong = trouble ?? (await treeTrouble(storedTree, lastHead)) ?? unsignedTrouble(log, whole);
  return wrong === null ? { ...whole, verified: true } : { ...whole, ...wrong };
}

/** The log's own head where its signature is right, or why it is of no use; null where it has none. */
function ownHead({ ownHead, verifiers }: LogToVerify): SignedTreeHead | Trouble | null {
  try {
    return ownHead === null ? null : openTreeHead(ownHead, verifiers);
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    return untrusted('the tree head of the log', error);
  }
}

/** What the kept heads are, or why one of them cannot be trusted. @throws LogFileProblem */
async function surveyed(
  kept: KeptHeads,
  verifiers: readonly NoteVerifier[],
  own: SignedTreeHead | null,
): Promise<Survey | Trouble> {
  try {
    return await surveyKept(kept, verifiers, own);
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    if (error.kind === 'untrusted') return untrusted(kept.name, error);
    throw new LogFileProblem(`${kept.name} cannot be read as tree heads: ${error.message}`);
  }
}

function untrusted(name: string, { message }: NoteRefused): Trouble {
  return { kind: 'untrusted-head', problem: `${name} cannot be trusted: ${message}` };
}

function forkTrouble(kept: SignedTreeHead | null): Trouble | null {
  if (kept === null) return null;
  const problem = `the log's own tree head of size ${kept.size} has another root than the kept one of that size: both are signed, so the log has shown two histories`;
  return { kind: 'forked-heads', problem };
}

/** Says of a head that does not agree that it bears another name than the log has now. */
function otherName(head: TreeHead | null, { origin }: LogVerification): string {
  if (head === null || head.origin === origin) return '';
  return ` (so says the tree head of size ${head.size} under the name ${head.origin})`;
}

function unsignedTrouble(
  { mayEndUnsigned }: LogToVerify,
  { unsignedEntries, firstUnsignedPosition, size }: LogVerification,
): Trouble | null {
  if (unsignedEntries === 0 || mayEndUnsigned) return null;
  const [range, what] =
    unsignedEntries === 1
      ? [`position ${size}: it is`, 'it']
      : [`positions ${firstUnsignedPosition} to ${size}: they are`, 'them'];
  const problem = `no tree head covers ${range} in order, but whoever had the folder could have added ${what}`;
  return { kind: 'unsigned-entries', problem };
}

/** Hash by hash nothing was found; what the root is made of must be there too. */
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
