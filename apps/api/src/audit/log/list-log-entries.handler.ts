import { type RawReadOptions, readRawEntries, readRawPage } from '@bulkhead/event-store';
import { entryLine, isEntryTime, type RawEntry } from '@bulkhead/event-store/proof';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type pg from 'pg';
import { AUDIT_POOL } from '../audit-pool.js';

/** Rows of one statement; a page is made of several. */
const ROWS_AT_ONCE = 500;
/** A page ends where it has become this long, so that large events do not fill the memory. */
const PAGE_CHARS_MAX = 4 * 1024 * 1024;
/** Nothing honest stands at position 0 or below, so whoever reads from the beginning is to see it. */
const BELOW_ALL = Number.MIN_SAFE_INTEGER;

export class ListLogEntries extends Query<string> {
  constructor(
    readonly afterPosition: number | undefined,
    readonly limit: number,
  ) {
    super();
  }
}

/** Events exactly as they are stored, one a line. An empty answer is the end of the log for now. */
@QueryHandler(ListLogEntries)
export class ListLogEntriesHandler implements IQueryHandler<ListLogEntries> {
  constructor(@Inject(AUDIT_POOL) private readonly pool: pg.Pool) {}

  async execute({ afterPosition, limit }: ListLogEntries): Promise<string> {
    const lines: string[] = [];
    let after = afterPosition ?? BELOW_ALL;
    let chars = 0;
    while (lines.length < limit && chars < PAGE_CHARS_MAX) {
      const rows = Math.min(ROWS_AT_ONCE, limit - lines.length);
      const room = { limit: rows, bytes: PAGE_CHARS_MAX - chars };
      const { entries, isLast } = await readRawPage(this.pool, { afterPosition: after, ...room });
      for (const entry of entries) {
        const line = lineOf(entry);
        chars += line.length;
        lines.push(line);
        after = entry.position;
      }
      if (isLast) break;
    }
    return lines.join('');
  }
}

/**
 * A time that no log writes, such as infinity, has no text in RFC 3339. It is shown as it is, so that
 * whoever verifies finds the line malformed, instead of an error that names no position.
 */
function lineOf(entry: RawEntry): string {
  const { occurredAtMs, recordedAtMs } = entry;
  if (isEntryTime(occurredAtMs) && isEntryTime(recordedAtMs)) return `${entryLine(entry)}\n`;
  const line = JSON.parse(entryLine({ ...entry, occurredAtMs: 0, recordedAtMs: 0 }));
  const shown = { occurredAt: String(occurredAtMs), recordedAt: String(recordedAtMs) };
  return `${JSON.stringify({ ...line, ...shown })}\n`;
}

/** The whole log from its very first row on, for a recomputation; yields to other work between batches. */
export async function* allEntries(
  pool: pg.Pool,
  batch: Pick<RawReadOptions, 'limit'>,
  signal: AbortSignal,
  pauseBetween: () => Promise<unknown>,
): AsyncGenerator<RawEntry> {
  for (let after = BELOW_ALL; ; await pauseBetween()) {
    signal.throwIfAborted();
    const entries = await readRawEntries(pool, { ...batch, afterPosition: after });
    const last = entries.at(-1);
    if (last === undefined) return;
    yield* entries;
    after = last.position;
  }
}
