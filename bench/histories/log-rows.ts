import type { RecordedEvent } from '@bulkhead/domain';
import canonicalize from 'canonicalize';
import { type Life, recordLives } from './lives.js';

/** How many workloads are under way at any time; their events stand between one another's. */
const OPEN_LIVES = 400;
const CHUNK_LINES = 500;
const BEGINNING_MS = Date.UTC(2026, 0, 1);
/** Between one event and the next; 1,000,000 of them are 14 hours. */
export const STEP_MS = 50;
const OWN_IDS = /\b(?:wl|cs|ki)_[0-9a-f]{32}\b/g;

/** What changes from one telling of a life to the next; the ids of the life come after these. */
const SLOTS = { position: 0, eventId: 1, occurredAt: 2, recordedAt: 3, correlation: 4, cause: 5 };
const FIRST_ID = 6;
const slot = (number: number) => `«${number}»`;
const MARKS = /«(\d+)»/;

/** A line of COPY in which texts and the numbers of slots take turns. */
type Line = readonly (string | number)[];

interface Story {
  readonly lines: readonly Line[];
  readonly idPrefixes: readonly string[];
}

interface OpenLife {
  readonly story: Story;
  readonly values: string[];
  next: number;
}

/**
 * Rows of `log.events` as COPY takes them, in chunks: what a busy installation of 16 hosts and 12 tenants
 * would have recorded. The same count and seed give the same rows.
 */
export function* logRows(count: number, seed = 1): Generator<string> {
  const { prelude, lives } = recordLives();
  const random = randomFrom(seed);
  const stories = lives.map(storyOf);
  const open = Array.from({ length: OPEN_LIVES }, () => begin(stories, random, 0));
  let chunk: string[] = [];
  for (let position = 1; position <= count; position += 1) {
    const told = prelude[position - 1];
    if (told === undefined) chunk.push(nextOf(open, stories, random, position));
    else chunk.push(tell(lineOf(told, []), moment(position, random, ['prelude', 'null'])));
    if (chunk.length < CHUNK_LINES) continue;
    yield chunk.join('');
    chunk = [];
  }
  yield chunk.join('');
}

function nextOf(
  open: OpenLife[],
  stories: readonly Story[],
  random: () => number,
  position: number,
): string {
  const at = Math.floor(random() * open.length);
  const life = open[at] as OpenLife;
  const { correlation, cause } = SLOTS;
  const [before, why] = [life.values[correlation] ?? '', life.values[cause] ?? 'null'];
  life.values.splice(0, FIRST_ID, ...moment(position, random, [before, why]));
  const line = tell(life.story.lines[life.next] as Line, life.values);
  life.values[cause] = String(position);
  life.next += 1;
  if (life.next === life.story.lines.length) open[at] = begin(stories, random, position);
  return line;
}

function begin(stories: readonly Story[], random: () => number, position: number): OpenLife {
  const story = stories[Math.floor(random() * stories.length)] as Story;
  const drawn = () => uuid(recordedMsOf(position), random);
  const ids = story.idPrefixes.map((prefix) => `${prefix}_${drawn().replaceAll('-', '')}`);
  return { story, values: ['', '', '', '', drawn(), 'null', ...ids], next: 0 };
}

const recordedMsOf = (position: number) => BEGINNING_MS + position * STEP_MS;

function moment(position: number, random: () => number, last: readonly string[]): string[] {
  const recordedMs = recordedMsOf(position);
  const at = (ms: number) => new Date(ms).toISOString();
  const occurredMs = recordedMs - Math.floor(random() * STEP_MS);
  return [String(position), uuid(recordedMs, random), at(occurredMs), at(recordedMs), ...last];
}

function tell(line: Line, values: readonly string[]): string {
  let text = '';
  for (const piece of line) text += typeof piece === 'string' ? piece : values[piece];
  return text;
}

function storyOf({ events }: Life): Story {
  const streams = new Set<string>(events.map(({ stream }) => stream));
  const found = events.flatMap(({ event }) => JSON.stringify(event).match(OWN_IDS) ?? []);
  // A silo runs on its host's kernel, which is not its own.
  const isOwn = (id: string) => !id.startsWith('ki_') || streams.has(id);
  const ids = [...new Set([...streams, ...found])].filter(isOwn);
  return {
    lines: events.map((recorded) => lineOf(recorded, ids)),
    idPrefixes: ids.map((id) => id.slice(0, id.indexOf('_'))),
  };
}

function lineOf({ stream, version, tenant, event }: RecordedEvent, ids: readonly string[]): Line {
  const isAsked = event.type === 'WorkloadSubmitted' || event.type === 'WorkloadCancelRequested';
  const actor = isAsked ? { kind: 'tenant', id: `cred_${'7'.repeat(32)}` } : workerPart(event.type);
  const metadata = `{"actor":${canonicalize(actor)},"causationPosition":${slot(SLOTS.cause)},"correlationId":"${slot(SLOTS.correlation)}"}`;
  const { position, eventId, occurredAt, recordedAt } = SLOTS;
  const fields = [
    slot(position),
    slot(eventId),
    stream,
    version,
    tenant ?? '\\N',
    event.type,
    event.schemaVersion,
    slot(occurredAt),
    slot(recordedAt),
    metadata,
    // COPY reads a backslash as the beginning of an escape.
    (canonicalize(event.payload) ?? 'null').replaceAll('\\', '\\\\'),
  ];
  let text = `${fields.join('\t')}\n`;
  for (const [number, id] of ids.entries()) text = text.replaceAll(id, slot(FIRST_ID + number));
  return text.split(MARKS).map((piece, index) => (index % 2 === 0 ? piece : Number(piece)));
}

function workerPart(type: RecordedEvent['event']['type']) {
  if (type === 'WorkloadPlaced') return { kind: 'system', id: 'placer' };
  const isObserved = /^(Image|Utility|Compute|Network|Host|Kernel)/.test(type);
  return { kind: 'system', id: isObserved ? 'observe' : 'jobs' };
}

/** A UUIDv7 of that time, so that ids grow with the log as real ones do. */
function uuid(timeMs: number, random: () => number): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const digits = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const [first, second, third] = [digits(), digits(), digits()];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${first.slice(0, 3)}-8${first.slice(3, 6)}-${second}${third.slice(0, 4)}`;
}

/** A small generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
