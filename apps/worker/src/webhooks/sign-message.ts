import { Webhook } from 'standardwebhooks';

/** A message as it is sent: the bytes that are signed are the bytes that are sent. */
export interface SignedMessage {
  /** The same for every try, so that receivers can tell a repetition. */
  readonly id: string;
  readonly body: string;
}

/**
 * The headers of Standard Webhooks. While one secret takes the place of another the message is signed with
 * both, the newer one first, and a receiver that knows either accepts it.
 *
 * @param secrets each `whsec_` and base64
 */
export function signatureHeaders(
  { id, body }: SignedMessage,
  secrets: readonly string[],
  nowMs: number,
): Readonly<Record<string, string>> {
  const seconds = Math.floor(nowMs / 1_000);
  const signedAt = new Date(seconds * 1_000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': secrets
      .map((secret) => new Webhook(secret).sign(id, signedAt, body))
      .join(' '),
  };
}
