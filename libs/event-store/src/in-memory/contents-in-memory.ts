import type { StreamId, TenantId } from '@bulkhead/domain';
import { AlteredContent, contentHash } from '../log/altered-content.js';
import { type Append, type ContentPart, InvalidAppend } from '../log/event-log.js';

/** Tenant content beside a log in memory, as the stored text. */
export class ContentsInMemory {
  private readonly rows = new Map<string, { tenant: TenantId; saltHex: string; json: string }>();

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
    contents.forEach(({ tenant, stream, part, saltHex }, index) => {
      this.rows.set(keyOf(stream, part), { tenant, saltHex, json: texts[index] ?? 'null' });
    });
  }

  /** @throws AlteredContent where it has not this `sha256` */
  read(tenant: TenantId, { stream, part, sha256 }: ContentPart): unknown {
    const row = this.rows.get(keyOf(stream, part));
    if (row?.tenant !== tenant) return null;
    if (sha256 !== undefined && contentHash(row.saltHex, row.json) !== sha256) {
      throw new AlteredContent(stream, part);
    }
    return JSON.parse(row.json);
  }
}

function keyOf(stream: StreamId, part: number): string {
  return `${stream} ${part}`;
}
