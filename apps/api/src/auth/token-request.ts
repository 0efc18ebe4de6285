import { clientOfBasic, type ShownClient } from '@bulkhead/event-store';

/** A refusal of the token endpoint, in the words of RFC 6749 section 5.2. */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal';
  constructor(
    readonly error:
      | 'invalid_request'
      | 'invalid_client'
      | 'unsupported_grant_type'
      | 'invalid_scope',
    readonly description: string,
  ) {
    super(description);
  }

  get status(): number {
    return this.error === 'invalid_client' ? 401 : 400;
  }
}

export interface TokenRequest extends ShownClient {
  /** Null where the client asks for everything that it may have. */
  readonly scopes: readonly string[] | null;
}

const PARAMETERS = ['grant_type', 'client_id', 'client_secret', 'scope'];

/**
 * Reads a client-credentials request: the client by HTTP Basic or in the form, never by both.
 * @throws TokenRefusal
 */
export function parseTokenRequest(form: unknown, authorization: string | undefined): TokenRequest {
  if (!(form instanceof URLSearchParams)) {
    throw new TokenRefusal('invalid_request', 'The body must be form-encoded.');
  }
  for (const name of PARAMETERS) {
    if (form.getAll(name).length > 1) {
      throw new TokenRefusal('invalid_request', `The parameter ${name} is given twice.`);
    }
  }
  const grantType = form.get('grant_type');
  if (grantType === null) throw new TokenRefusal('invalid_request', 'grant_type is missing.');
  if (grantType !== 'client_credentials') {
    throw new TokenRefusal('unsupported_grant_type', 'Only client_credentials is supported.');
  }
  const scope = form.get('scope');
  const scopes = scope === null ? null : scope.split(' ').filter((name) => name !== '');
  return { ...client(form, authorization), scopes };
}

function client(form: URLSearchParams, authorization: string | undefined): ShownClient {
  const inForm = form.get('client_id');
  const secret = form.get('client_secret');
  if (authorization === undefined) {
    if (inForm === null || secret === null) {
      throw new TokenRefusal('invalid_client', 'The client must show its id and its secret.');
    }
    return { clientId: inForm, clientSecret: secret };
  }
  const basic = clientOfBasic(authorization);
  if (basic === null) {
    throw new TokenRefusal('invalid_client', 'The Authorization header is not HTTP Basic.');
  }
  if (secret !== null || (inForm !== null && inForm !== basic.clientId)) {
    throw new TokenRefusal('invalid_request', 'The client must show its secret in one way only.');
  }
  return basic;
}
