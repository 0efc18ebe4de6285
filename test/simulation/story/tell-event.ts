import type { RecordedEvent } from '@bulkhead/domain';
import type { JournalEntry } from '@bulkhead/hypervisor/simulated';

const TEXT_MAX_LENGTH = 60;
/** Long, and of no help to who reads a story. */
const leftOut: ReadonlySet<string> = new Set(['contentSha256', 'reference', 'occurredAtMs']);

/** An event in one line: what it is, of which stream, and the short facts in it. */
export function tellEvent({ position, stream, event }: RecordedEvent): string {
  const facts = Object.entries(event.payload).flatMap(([name, value]) => {
    const isShort = typeof value !== 'object' && `${value}`.length <= TEXT_MAX_LENGTH;
    return isShort && !leftOut.has(name) && value !== stream ? [`${name} ${value}`] : [];
  });
  return `#${position} ${stream}: ${event.type} (${facts.join(', ')})`;
}

export function tellEntry({ kind, computeSystemId, fence, ...more }: JournalEntry): string {
  const { operation, code, detail, exitType } = more;
  const proof = fence === undefined ? '' : `(token ${fence.token}, cause #${fence.cause})`;
  return [kind, operation, computeSystemId, proof, code, exitType, detail]
    .filter((word) => word !== undefined && word !== '')
    .join(' ');
}
