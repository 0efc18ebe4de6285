import { hash } from 'node:crypto';
import { type RawEntry, timeText } from './raw-entry.js';

/**
 * What the tree says of an entry: RFC 8785 JSON, so that anyone can make the same bytes with a library
 * that is not ours. Its keys are fixed, already in the order of RFC 8785, and no number has a fraction,
 * so a template makes the same text at a fraction of the cost.
 */
export function canonicalLeaf(entry: RawEntry): string {
  return new LeafWriter().leaf(entry);
}

/** SHA-256 of a text's UTF-8 bytes, in hexadecimal. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

/**
 * Writes leaves of entries that come in order. Neighbours were often appended together and then share
 * metadata and times, so what was made last is kept.
 */
export class LeafWriter {
  private metadata = '';
  private metadataSha256 = sha256Hex('');
  private occurredAtMs = 0;
  private occurredAt = timeText(0);
  private recordedAtMs = 0;
  private recordedAt = timeText(0);
  private type = '';
  private typeJson = '""';

  leaf(entry: RawEntry): string {
    this.remember(entry);
    const { eventId, position, schemaVersion, stream, tenant, version } = entry;
    return `{"eventId":${JSON.stringify(eventId)},"metadataSha256":"${this.metadataSha256}","occurredAt":"${this.occurredAt}","payloadSha256":"${sha256Hex(entry.payload)}","position":${position},"recordedAt":"${this.recordedAt}","schemaVersion":${schemaVersion},"stream":${JSON.stringify(stream)},"tenant":${JSON.stringify(tenant)},"type":${this.typeJson},"version":${version}}`;
  }

  private remember({ metadata, occurredAtMs, recordedAtMs, type }: RawEntry): void {
    if (metadata !== this.metadata) {
      this.metadata = metadata;
      this.metadataSha256 = sha256Hex(metadata);
    }
    if (occurredAtMs !== this.occurredAtMs) {
      this.occurredAtMs = occurredAtMs;
      this.occurredAt = timeText(occurredAtMs);
    }
    if (recordedAtMs !== this.recordedAtMs) {
      this.recordedAtMs = recordedAtMs;
      this.recordedAt = timeText(recordedAtMs);
    }
    if (type !== this.type) {
      this.type = type;
      this.typeJson = JSON.stringify(type);
    }
  }
}
