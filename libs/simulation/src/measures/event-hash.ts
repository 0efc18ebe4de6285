import type { RecordedEvent } from '@bulkhead/domain';

const FNV_PRIME = 0x01000193;

/**
 * A fingerprint of a run: which events in which order of which streams at what times. It finds runs that
 * differ; it proves nothing to somebody who wants two to look alike.
 */
export class EventHash {
  #low = 0x811c9dc5;
  #high = 0x9e3779b9;

  add({ stream, recordedAtMs, event }: RecordedEvent): void {
    this.#mixText(event.type);
    this.#mixText(stream);
    this.#mix(recordedAtMs % 0x1_0000_0000);
    this.#mix(event.occurredAtMs % 0x1_0000_0000);
  }

  /** 16 hex digits. */
  get text(): string {
    return [this.#high, this.#low]
      .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
      .join('');
  }

  #mixText(text: string): void {
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at));
  }

  #mix(value: number): void {
    this.#low = Math.imul(this.#low ^ value, FNV_PRIME);
    this.#high = Math.imul(this.#high ^ (this.#low >>> 15) ^ value, FNV_PRIME);
  }
}
