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
}

/** What is known of kept heads once all of them were checked; of the heads themselves, hardly any. */
export interface Survey {
  readonly count: number;
  /** The logs that they are of: one, unless something is wrong. */
  readonly origins: readonly string[];
  /** Those that are smaller than one before them, as after a log was restored from an older copy. */
  readonly stragglers: readonly SignedTreeHead[];
  /** The log's own head, where a kept one of its size has another root. */
  readonly forkedWith: SignedTreeHead | null;
}

/** A history has its heads in order of size; this many out of it are put in order in memory. */
const STRAGGLERS_MAX = 100_000;

/**
 * Checks every kept head.
 * @throws NoteRefused at the first that cannot be trusted, or where too many are out of order
 */
export async function surveyKept(
  kept: KeptHeads,
  verifiers: readonly NoteVerifier[],
  own: readonly SignedTreeHead[],
): Promise<Survey> {
  const origins = new Set<string>();
  const stragglers: SignedTreeHead[] = [];
  let forkedWith: SignedTreeHead | null = null;
  let [count, largest] = [0, 0];
  for await (const head of treeHeadsFrom(kept.chunks(), verifiers)) {
    count += 1;
    origins.add(head.origin);
    forkedWith ??= own.find((one) => isOtherHistory(one, head)) ?? null;
    if (head.size < largest && stragglers.push(head) > STRAGGLERS_MAX) {
      throw new NoteRefused(
        `more than ${STRAGGLERS_MAX} of its heads are smaller than one before them: sort its lines by size`,
      );
    }
    largest = Math.max(largest, head.size);
  }
  return { count, origins: [...origins], stragglers, forkedWith };
}

/**
 * The heads that were surveyed and some others, read anew and in order of size.
 * @throws LogFileProblem where the file does not hold them any more
 */
export async function* keptInOrder(
  kept: KeptHeads,
  verifiers: readonly NoteVerifier[],
  { count, stragglers }: Survey,
  others: readonly SignedTreeHead[],
): AsyncGenerator<SignedTreeHead> {
  const aside = [...stragglers, ...others].sort((one, other) => one.size - other.size);
  let [seen, largest, at] = [0, 0, 0];
  for await (const head of headsAgain(kept, verifiers)) {
    seen += 1;
    if (head.size >= largest) {
      largest = head.size;
      for (; at < aside.length; at += 1) {
        const next = aside[at] as SignedTreeHead;
        if (next.size > head.size) break;
        yield next;
      }
      yield head;
    }
    // What a worker writes to it meanwhile covers more than the log that is verified.
    if (seen === count) break;
  }
  if (seen < count) throw changedMeanwhile(kept);
  yield* aside.slice(at);
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

function changedMeanwhile({ name }: KeptHeads): LogFileProblem {
  return new LogFileProblem(`${name} was changed while it was read`);
}

function isOtherHistory(one: SignedTreeHead, other: SignedTreeHead): boolean {
  return one.size === other.size && !one.rootHash.equals(other.rootHash);
}
