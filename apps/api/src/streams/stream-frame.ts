/** One message of a stream, as Server-Sent Events have it. */
export interface StreamFrame {
  /** Where a client may go on after it; left out where it marks no place. */
  readonly id?: string;
  /** Left out for the resource's own events, which every reader gets; named ones are about the stream. */
  readonly event?: 'end' | 'closed';
  readonly data: unknown;
}

/** How long a client should wait before it connects again, in milliseconds. */
export const RECONNECT_AFTER_MS = 1_000;

/** Sent first: the answer begins at once, also where nothing has happened yet. */
export const STREAM_OPENING = `retry: ${RECONNECT_AFTER_MS}\n\n`;

/** A comment, which clients pass over: it keeps what lies between from taking the stream for dead. */
export const HEARTBEAT = ': heartbeat\n\n';

/** JSON has no line break of its own, so one line of data holds it whole. */
export function frameText({ id, event, data }: StreamFrame): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  const eventLine = event === undefined ? '' : `event: ${event}\n`;
  return `${idLine}${eventLine}data: ${JSON.stringify(data)}\n\n`;
}
