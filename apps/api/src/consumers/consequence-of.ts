import { type ConsumerRow, WEBHOOKS_CONSUMER } from '@bulkhead/event-store';

/** What an operator has a stopped consumer do. */
export type Settlement =
  | { readonly kind: 'skip-event'; readonly position: number; readonly reason: string }
  | { readonly kind: 'retry'; readonly reason: string };

/** What follows from what an operator has said, so that nobody learns of it later. */
export function consequenceOf(
  settlement: Settlement,
  { name, projection, trouble, skippedCount }: ConsumerRow,
): string {
  if (settlement.kind === 'retry') {
    return `Consumer ${name} tries the event at position ${trouble?.position ?? '?'} again within a second, and stops again if it still cannot apply it.`;
  }
  const { position } = settlement;
  if (trouble?.position !== position) {
    return `The event at position ${position} was left out before; nothing changes (${skippedCount} left out in all).`;
  }
  const event = `Consumer ${name} goes on after position ${position} within a second, and never applies that event (${trouble.type} of ${trouble.stream}).`;
  if (projection !== null) {
    return `${event} Its read model may be wrong for ${trouble.stream} from now on: that row stays as it was before the event, whatever else happens there. A rebuild repairs it, once the code can apply the event: bulkhead projection rebuild ${projection}.`;
  }
  if (name === WEBHOOKS_CONSUMER) {
    return `${event} Nothing more of ${trouble.stream} is told to its tenant's webhooks, and a webhook stays as it was before the event.`;
  }
  return `${event} The jobs that it asks for are not made from it. What the log still asks for is noticed when hosts are compared with the log, and issued again after half a minute or more.`;
}
