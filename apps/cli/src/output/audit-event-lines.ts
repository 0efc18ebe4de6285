import { factsOf } from './event-lines.js';
import type { Colors } from './terminal.js';

/** An event of the log as auditors see it. */
export interface ShownAuditEvent {
  readonly position: number;
  readonly stream: string;
  /** Null where it belongs to the platform. */
  readonly tenant: string | null;
  readonly type: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly metadata: { readonly actor: { readonly kind: string; readonly id: string } };
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Events of any streams for a person, one a row and never cut: who, when, what, of whom; the rest is left to `--json`. */
export function auditEventLines(
  events: readonly ShownAuditEvent[],
  colors: Colors,
): readonly string[] {
  if (events.length === 0) return ['no event matches'];
  const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));
  const positionWidth = widest(events.map(({ position }) => String(position)));
  const typeWidth = widest(events.map(({ type }) => type));
  return events.map((event) => {
    const { position, recordedAt, type, stream, tenant, metadata } = event;
    const ids = [stream, ...(tenant === null || tenant === stream ? [] : [`of ${tenant}`])];
    const what = `${colors.bold(type)}${' '.repeat(typeWidth - type.length)}`;
    const when = [String(position).padStart(positionWidth), recordedAt];
    return [...when, what, ...ids, `by ${metadata.actor.id}`, factsOf(event)].join('  ').trimEnd();
  });
}
