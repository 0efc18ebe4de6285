import type { HttpAnswer } from '../http/send.js';
import type { Terminal } from '../output/terminal.js';

/**
 * Says that what is shown was the answer at the first time, to whoever gave a key that was used before. A key that
 * was drawn for one command is used again by its own tries alone, so what they get is of this moment.
 */
export function tellWhereReplayed(
  terminal: Terminal,
  { idempotencyKey }: { readonly idempotencyKey?: string },
  { headers }: HttpAnswer,
  shows: string,
): void {
  if (idempotencyKey === undefined || headers.get('idempotency-replayed') !== 'true') return;
  terminal.warn(
    `this key was used before: what follows was answered then, ${shows} shows how it is now`,
  );
}
