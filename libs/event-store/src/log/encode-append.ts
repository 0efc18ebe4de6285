import type { DomainEvent, StreamId } from '@bulkhead/domain';
import { type NextTurn, SLICE_MAX, Slices } from '../slices/slices.js';
import { answerDigest } from './answer-digest.js';
import { canonicalJson } from './canonical-json.js';
import { checkAnswerScope, checkShape, contentSlotsOf } from './check-append.js';
import { type Append, type ContentRow, type IdempotentAnswer, InvalidAppend } from './event-log.js';

/** An append as it is stored: checked, and with what goes into the log in the canonical bytes of RFC 8785. */
export interface EncodedAppend {
  readonly append: Append;
  readonly metadata: string;
  /** Payloads of all streams' events, in the order in which positions are given out. */
  readonly payloads: readonly string[];
  readonly contents: readonly string[];
  /** Which written stream each content row belongs to, counted from 1 within this append. */
  readonly contentSlots: readonly number[];
  /** As its JSON was first answered. */
  readonly answer: string | null;
  /** Under which the answer is kept. */
  readonly answerDigest: string | null;
  readonly eventCount: number;
  readonly byteCount: number;
  /** Streams written and the idempotency key: what two members of one group may not share. */
  readonly writes: readonly string[];
  /** What is written, and after it the streams that are guarded. */
  readonly touches: readonly string[];
}

/**
 * Checks an append completely and makes its stored form.
 * @throws InvalidAppend that says what is wrong
 */
export function encodeAppend(append: Append): EncodedAppend {
  const contentSlots = checkedSlots(append);
  const payloads = append.streams.flatMap(({ stream, events }) =>
    events.map((event) => payloadText(event, stream)),
  );
  const contents = (append.contents ?? []).map(contentText);
  return storedForm(append, contentSlots, payloads, contents);
}

/** Whether making its stored form at once would hold up the process. */
export function isLarge({ streams, contents = [] }: Append): boolean {
  return (
    streams.reduce((sum, { events }) => sum + events.length, contents.length) > SLICE_MAX.items
  );
}

/**
 * The same for a large one, in slices.
 * @throws InvalidAppend that says what is wrong
 */
export async function encodeInSlices(append: Append, nextTurn: NextTurn): Promise<EncodedAppend> {
  const contentSlots = checkedSlots(append);
  // Of many that begin at the same time, each has its first slice in a turn of its own.
  await nextTurn();
  const slices = new Slices(nextTurn);
  const payloads: string[] = [];
  for (const { stream, events } of append.streams) {
    for (const event of events) {
      const text = payloadText(event, stream);
      payloads.push(text);
      await slices.did(text.length);
    }
  }
  const contents: string[] = [];
  for (const row of append.contents ?? []) {
    const text = contentText(row);
    contents.push(text);
    await slices.did(text.length);
  }
  return storedForm(append, contentSlots, payloads, contents);
}

function checkedSlots(append: Append): readonly number[] {
  checkShape(append);
  checkAnswerScope(append);
  return contentSlotsOf(append);
}

function payloadText({ payload, type }: DomainEvent, stream: StreamId): string {
  return storable(payload, `${type} of ${stream}`);
}

function contentText({ body, stream }: ContentRow): string {
  return storable(body, `the content of ${stream}`);
}

function storedForm(
  append: Append,
  contentSlots: readonly number[],
  payloads: readonly string[],
  contents: readonly string[],
): EncodedAppend {
  const metadata = storable(append.metadata, 'the metadata');
  const { idempotentAnswer } = append;
  const answer = idempotentAnswer === undefined ? null : answerText(idempotentAnswer.body);
  const writes = append.streams.map(({ stream }) => stream as string);
  const digest = idempotentAnswer === undefined ? null : digestOf(idempotentAnswer);
  // Stream ids hold no space, so a key never looks like one.
  if (digest !== null) writes.push(`key ${digest}`);
  return {
    append,
    metadata,
    payloads,
    contents,
    contentSlots,
    answer,
    answerDigest: digest,
    eventCount: payloads.length,
    byteCount: sizeOf([...payloads, ...contents, answer ?? '']) + payloads.length * metadata.length,
    writes,
    touches: [...writes, ...(append.guards ?? []).map(({ stream }) => stream as string)],
  };
}

/** A lone surrogate would be digested as any other. */
const UNREADABLE = /[\0\u{D800}-\u{DFFF}]/u;

function digestOf({ scope, route, key }: IdempotentAnswer): string {
  if (UNREADABLE.test(`${scope}${route}${key}`)) {
    throw new InvalidAppend('the idempotency key holds U+0000 or a lone surrogate');
  }
  return answerDigest(scope, route, key);
}

/** Not in canonical form: a repeated request gets the fields in the order of the first answer. */
function answerText(body: unknown): string {
  return checked(() => JSON.stringify(body) ?? 'null', 'the answer');
}

/** In JSON text both appear only as escapes, with an even number of backslashes before theirs. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** Postgres would take both into a `json` column and then fail whenever somebody looks inside. */
function storable(value: unknown, what: string): string {
  return checked(() => canonicalJson(value), what);
}

function checked(write: () => string, what: string): string {
  let text: string;
  try {
    text = write();
  } catch (error) {
    throw new InvalidAppend(`${what} cannot be stored: ${(error as Error).message}`);
  }
  if (text.includes('\\u') && UNSTORABLE.test(text)) {
    throw new InvalidAppend(`${what} cannot be stored: it holds U+0000 or a lone surrogate`);
  }
  return text;
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
