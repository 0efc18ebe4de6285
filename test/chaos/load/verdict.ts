import type { RecordedEvent } from '@bulkhead/domain';
import type { WholeLog } from '@bulkhead/event-store';
import { inOneLine, type WriterNote } from './notes.js';

const PAGE = 5_000;

/** What a load left behind, counted; everything that should not be is told in a sentence. */
export interface Verdict {
  readonly wrong: readonly string[];
  readonly counts: {
    readonly events: number;
    readonly recorded: number;
    readonly dropped: number;
    readonly unknown: number;
  };
}

/** The whole log from its beginning. */
export async function wholeLog(log: WholeLog): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let more = true; more; ) {
    const page = await log.readAll({ afterPosition: events.at(-1)?.position ?? 0, limit: PAGE });
    events.push(...page);
    more = page.length === PAGE;
  }
  return events;
}

/** Compares the log with what writers were told and with what readers saw. */
export function judge(
  events: readonly RecordedEvent[],
  notes: readonly WriterNote[],
  readers: readonly (readonly string[])[],
): Verdict {
  const wrong: string[] = [];
  judgeOrder(events, wrong);
  const lines = events.map(inOneLine);
  for (const [nr, seen] of readers.entries()) judgeReader(nr, seen, lines, wrong);
  const counts = judgeAppends(events, notes, wrong);
  return { wrong, counts: { events: events.length, ...counts } };
}

function judgeOrder(events: readonly RecordedEvent[], wrong: string[]): void {
  const versions = new Map<string, number>();
  let before = 0;
  for (const [index, { position, stream, version, recordedAtMs }] of events.entries()) {
    if (position !== index + 1) wrong.push(`position ${position} stands in place ${index + 1}`);
    if (recordedAtMs < before) wrong.push(`time goes backwards at position ${position}`);
    const expected = (versions.get(stream) ?? 0) + 1;
    if (version !== expected) wrong.push(`${stream} has version ${version}, not ${expected}`);
    versions.set(stream, version);
    before = recordedAtMs;
  }
}

function judgeReader(
  nr: number,
  seen: readonly string[],
  lines: readonly string[],
  wrong: string[],
): void {
  const length = Math.max(seen.length, lines.length);
  for (let index = 0; index < length; index += 1) {
    if (seen[index] === lines[index]) continue;
    wrong.push(`reader ${nr} saw ${seen[index]} where the log has ${lines[index]}`);
    return;
  }
}

/** Recorded means once, whole and where it was said; dropped means nowhere; unknown is either. */
function judgeAppends(
  events: readonly RecordedEvent[],
  notes: readonly WriterNote[],
  wrong: string[],
) {
  const positions = positionsOf(events);
  const sent = new Map<string, number>();
  const told = new Set<string>();
  const counts = { recorded: 0, dropped: 0, unknown: 0 };
  for (const note of notes) {
    if (note.did === 'sent') {
      sent.set(note.id, note.events);
      continue;
    }
    told.add(note.id);
    counts[note.did] += 1;
    const found = positions.get(note.id) ?? [];
    const expected = note.did === 'recorded' ? (sent.get(note.id) ?? 0) : 0;
    if (!isWhole(found, expected)) {
      wrong.push(`${note.id} was told ${note.did}, its events stand at [${found}]`);
    } else if (note.did === 'recorded' && (note.firstPosition ?? found[0]) !== found[0]) {
      wrong.push(`${note.id} was told position ${note.firstPosition} and stands at ${found[0]}`);
    }
  }
  for (const [id, count] of sent) {
    if (told.has(id)) continue;
    counts.unknown += 1;
    const found = positions.get(id) ?? [];
    if (found.length > 0 && !isWhole(found, count))
      wrong.push(`${id} is there in part: [${found}]`);
  }
  for (const id of positions.keys()) if (!sent.has(id)) wrong.push(`nobody sent ${id}`);
  return counts;
}

/** By append, the positions of its events in the order `<id>/0`, `<id>/1`, …; NaN for one that is there twice. */
function positionsOf(events: readonly RecordedEvent[]): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  for (const { event, position } of events) {
    const [id = '', nr] = (event.payload as { reason: string }).reason.split('/');
    const found = positions.get(id) ?? [];
    const index = Number(nr);
    found[index] = found[index] === undefined ? position : Number.NaN;
    positions.set(id, found);
  }
  return positions;
}

function isWhole(found: readonly number[], count: number): boolean {
  const first = found[0] ?? 0;
  return found.length === count && found.every((position, index) => position === first + index);
}
