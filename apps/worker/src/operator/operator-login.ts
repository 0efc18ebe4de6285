import { createHash, timingSafeEqual } from 'node:crypto';
import { type CredentialEvent, type CredentialId, credentialDecider, fold } from '@bulkhead/domain';
import type { WholeLog } from '@bulkhead/event-store';

const SCHEME = /^Basic +([A-Za-z0-9+/]+={0,2})$/i;
const CREDENTIAL_ID = /^cred_[0-9a-f]{32}$/;
/** Nobody's secret has this digest; comparing with it takes as long as with any other. */
const NO_SECRET = Buffer.alloc(32);

/** Lets in who shows an operator's credential, as the log has it at this moment. */
export class OperatorLogin {
  constructor(private readonly log: Pick<WholeLog, 'readStream'>) {}

  /** Whether an `Authorization` header (HTTP Basic: credential's id and secret) is an operator's. */
  async isOperator(authorization: string | undefined): Promise<boolean> {
    const [id, secret] = shownIn(authorization);
    if (!CREDENTIAL_ID.test(id)) return false;
    // Operators' credentials are the platform's own streams: a tenant's is not even found here.
    const events = await this.log.readStream(null, id as CredentialId);
    const { credentialId, role, revokedAtMs, secretSha256 } = fold(
      credentialDecider,
      events.map(({ event }) => event as CredentialEvent),
    );
    const expected = credentialId === null ? NO_SECRET : Buffer.from(secretSha256, 'hex');
    const shown = createHash('sha256').update(secret).digest();
    const matches = expected.length === shown.length && timingSafeEqual(shown, expected);
    return matches && credentialId !== null && role === 'operator' && revokedAtMs === null;
  }
}

function shownIn(authorization = ''): readonly [id: string, secret: string] {
  const encoded = SCHEME.exec(authorization)?.[1] ?? '';
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
