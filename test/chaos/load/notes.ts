import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { RecordedEvent } from '@bulkhead/domain';

/** What a writer was told of one append; its events carry `<id>/0`, `<id>/1`, … */
export type WriterNote =
  /** Noted before it is sent: without a later note nobody was told what became of it. */
  | { readonly did: 'sent'; readonly id: string; readonly events: number }
  | { readonly did: 'recorded'; readonly id: string; readonly firstPosition: number | null }
  /** Turned down, or rolled back by its own writer: it must be nowhere. */
  | { readonly did: 'dropped'; readonly id: string };

/** What a reader saw, batch after batch, in the order in which it saw it. */
export interface ReaderNote {
  /** `<position> <stream>@<version> <id>/<nr>` of every event of the batch. */
  readonly events: readonly string[];
}

/** An event as readers note it. */
export function inOneLine({ position, stream, version, event }: RecordedEvent): string {
  return `${position} ${stream}@${version} ${(event.payload as { reason: string }).reason}`;
}

/** Writes through to the file, so that a process that is killed has told everything until then. */
export function note(file: string, line: WriterNote | ReaderNote): void {
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** Every complete line; a kill may have cut the last one off. */
export function notesIn<N extends WriterNote | ReaderNote>(file: string): N[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as N);
}
