import { hash, timingSafeEqual } from 'node:crypto';
import {
  type CredentialEvent,
  type CredentialId,
  type CredentialState,
  credentialDecider,
  fold,
  isId,
  isInForce,
  type LiveCredential,
} from '@bulkhead/domain';
import type { EventLog } from '../log/event-log.js';
import type { ShownClient } from './shown-client.js';

/** Nobody's secret has this digest; comparing with it takes as long as with any other. */
const NO_SECRET = '00'.repeat(32);

/** All that is kept of a client's secret. As it is 256 random bits, no salt and no slow hash is needed. */
export function secretDigest(clientSecret: string): string {
  return hash('sha256', clientSecret, 'hex');
}

/** A credential as the log has it now. No stream of a credential has an owner: who asks is not known yet. */
export async function readCredential(
  log: Pick<EventLog, 'readStream'>,
  credentialId: CredentialId,
): Promise<CredentialState> {
  const history = await log.readStream(null, credentialId);
  return fold(
    credentialDecider,
    history.map(({ event }) => event as CredentialEvent),
  );
}

/**
 * The credential that a client has shown the secret of, as the log has it now. Unknown, wrong and revoked look
 * the same: null, and compared in the same time.
 */
export async function provenCredential(
  log: Pick<EventLog, 'readStream'>,
  { clientId, clientSecret }: ShownClient,
): Promise<LiveCredential | null> {
  const state = isId('cred', clientId) ? await readCredential(log, clientId) : null;
  const isIssued = state !== null && state.credentialId !== null;
  const expected = Buffer.from(isIssued ? state.secretSha256 : NO_SECRET, 'hex');
  const shown = Buffer.from(secretDigest(clientSecret), 'hex');
  const matches = expected.length === shown.length && timingSafeEqual(shown, expected);
  return matches && state !== null && isInForce(state) ? state : null;
}
