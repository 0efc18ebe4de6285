import type { StreamId, TenantId } from '@bulkhead/domain';
import { type Append, InvalidAppend } from '../log/event-log.js';

/** Tenant content beside a log in memory, as the stored text. */
export class ContentsInMemory {
  private readonly rows = new Map<string, { tenant: TenantId; json: string }>();

  /** @throws InvalidAppend where a part exists already or is given twice */
  refuseKnown({ contents = [] }: Append): void {
    const known = new Set(this.rows.keys());
    for (const { stream, part } of contents) {
      const key = keyOf(stream, part);
      if (known.has(key)) throw new InvalidAppend(`content ${key} exists already`);
      known.add(key);
    }
  }

  keep({ contents = [] }: Append, texts: readonly string[]): void {
    contents.forEach(({ tenant, stream, part }, index) => {
      this.rows.set(keyOf(stream, part), { tenant, json: texts[index] ?? 'null' });
    });
  }

  read(tenant: TenantId, stream: StreamId, part: number): unknown {
    const row = this.rows.get(keyOf(stream, part));
    return row?.tenant === tenant ? JSON.parse(row.json) : null;
  }
}

function keyOf(stream: StreamId, part: number): string {
  return `${stream} ${part}`;
}
