import {
  NoteRefused,
  type NoteVerifier,
  type SignedTreeHead,
  treeHeadsFrom,
} from '@bulkhead/event-store/proof';
import { LogFileProblem } from './log-files.js';

/** Heads that somebody kept outside of the log. */
export interface KeptHeads {
  /** Where they come from, for people. */
  readonly name: string;
  /** Their text from its beginning, cut anywhere; may be asked for again. */
  chunks(): AsyncIterable<string>;
  /** Told the number of a last line that is only the beginning of one, and does not count. */
  readonly onCutLine?: (line: number) => void;
}

/** What is known of kept heads once all of them were checked; of the heads themselves, hardly any. */
export interface Survey {
  readonly kept: KeptHeads;
  readonly count: number;
  /** How many of them are of a log of that name. */
  readonly origins: ReadonlyMap<string, number>;
  /** Those that are smaller than one before them, as after a log was restored from an older copy. */
  readonly stragglers: readonly SignedTreeHead[];
  /** A kept head of the size of the log's own that has another root. */
  readonly forkedWith: SignedTreeHead | null;
}

/** A history has its heads in order of size; this many out of it are put in order in memory. */
const STRAGGLERS_MAX = 100_000;

/**
 * Checks every kept head.
 * @throws NoteRefused at the first that cannot be read or trusted, or where too many are out of order
 */
export async function surveyKept(
  kept: KeptHeads,
  verifiers: readonly NoteVerifier[],
  own: SignedTreeHead | null,
): Promise<Survey> {
  const origins = new Map<string, number>();
  const stragglers: SignedTreeHead[] = [];
  let forkedWith: SignedTreeHead | null = null;
  let [count, largest] = [0, 0];
  for await (const head of treeHeadsFrom(kept.chunks(), verifiers, kept.onCutLine)) {
    count += 1;
    origins.set(head.origin, (origins.get(head.origin) ?? 0) + 1);
    if (own !== null && isOtherHistory(own, head)) forkedWith ??= head;
    if (head.size < largest && stragglers.push(head) > STRAGGLERS_MAX) {
      throw new NoteRefused(
        `more than ${STRAGGLERS_MAX} of its heads are smaller than one before them: sort its lines by size`,
        'unreadable',
      );
    }
    largest = Math.max(largest, head.size);
  }
  return { kept, count, origins, stragglers, forkedWith };
}

/**
 * The heads that were surveyed and some others, read anew and in order of size.
 * @throws LogFileProblem where a file does not hold them any more
 */
export async function* keptInOrder(
  surveys: readonly Survey[],
  verifiers: readonly NoteVerifier[],
  others: readonly SignedTreeHead[],
): AsyncGenerator<SignedTreeHead> {
  const aside = [...surveys.flatMap(({ stragglers }) => stragglers), ...others];
  aside.sort((one, other) => one.size - other.size);
  const sources = [each(aside), ...surveys.map((survey) => ascending(survey, verifiers))];
  const next: (SignedTreeHead | null)[] = [];
  for (const source of sources) next.push(await taken(source));
  for (;;) {
    const [nr, head] = smallest(next);
    if (head === null) return;
    yield head;
    next[nr] = await taken(sources[nr] as AsyncGenerator<SignedTreeHead>);
  }
}

/** Those heads of a file that are not smaller than one before them. */
async function* ascending(
  { kept, count }: Survey,
  verifiers: readonly NoteVerifier[],
): AsyncGenerator<SignedTreeHead> {
  let [seen, largest] = [0, 0];
  for await (const head of headsAgain(kept, verifiers)) {
    seen += 1;
    if (head.size >= largest) {
      largest = head.size;
      yield head;
    }
    // What a worker writes to it meanwhile covers more than the log that is verified.
    if (seen === count) break;
  }
  if (seen < count) throw changedMeanwhile(kept);
}

async function* headsAgain(
  kept: KeptHeads,
  verifiers: readonly NoteVerifier[],
): AsyncGenerator<SignedTreeHead> {
  try {
    yield* treeHeadsFrom(kept.chunks(), verifiers);
  } catch (error) {
    throw error instanceof NoteRefused ? changedMeanwhile(kept) : error;
  }
}

async function* each(heads: readonly SignedTreeHead[]): AsyncGenerator<SignedTreeHead> {
  yield* heads;
}

async function taken(source: AsyncGenerator<SignedTreeHead>): Promise<SignedTreeHead | null> {
  const { done, value } = await source.next();
  return done === true ? null : value;
}

/** The head that is next in order of size and from which source it is; null where all have ended. */
function smallest(next: readonly (SignedTreeHead | null)[]): [number, SignedTreeHead | null] {
  let found: [number, SignedTreeHead | null] = [0, null];
  for (const [nr, head] of next.entries()) {
    if (head !== null && (found[1] === null || head.size < found[1].size)) found = [nr, head];
  }
  return found;
}

function changedMeanwhile({ name }: KeptHeads): LogFileProblem {
  return new LogFileProblem(`${name} was changed while it was read`);
}

function isOtherHistory(one: SignedTreeHead, other: SignedTreeHead): boolean {
  return one.size === other.size && !one.rootHash.equals(other.rootHash);
}
