import type { Credential } from '../credentials/credential.js';
import { isRecord, RequestRefused } from './problem.js';
import type { HttpAnswer, HttpRequest, Send } from './send.js';

/** Where credentials become tokens. */
export const TOKEN_PATH = '/oauth/token';
/** A token is replaced this long before it ends, so that none ends on the way. */
const RENEW_BEFORE_MS = 60_000;
/** What a token without `expires_in` is trusted for. */
const DEFAULT_LIFE_SECONDS = 300;

/** What else was asked learnt the secret; it is not known whose it is. */
const SECRET_TOLD =
  'The secret of the client was sent there: have the credential replaced if that may be read by others.';

/** The api's token endpoint answered with something that is no token. */
export class BadTokenAnswer extends Error {
  override readonly name = 'BadTokenAnswer';
}

/** Gets tokens for one credential: one request at a time, and a new one before the old one ends. */
export class TokenSource {
  private current: { readonly token: string; readonly renewAtMs: number } | null = null;
  private pending: Promise<string> | null = null;

  constructor(
    private readonly send: Send,
    private readonly credential: Credential,
    private readonly nowMs: () => number,
  ) {}

  async token(): Promise<string> {
    if (this.current !== null && this.nowMs() < this.current.renewAtMs) return this.current.token;
    this.pending ??= this.fetchToken().finally(() => {
      this.pending = null;
    });
    return this.pending;
  }

  /** The api turned this token down: the next request gets a new one. */
  forget(token: string): void {
    if (this.current?.token === token) this.current = null;
  }

  private async fetchToken(): Promise<string> {
    const { clientId, clientSecret } = this.credential;
    const answer = await this.asked({
      method: 'POST',
      path: TOKEN_PATH,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      }).toString(),
    });
    const { access_token: token, expires_in: lifeSeconds = DEFAULT_LIFE_SECONDS } = (
      isRecord(answer.body) ? answer.body : {}
    ) as { access_token?: unknown; expires_in?: number };
    if (typeof token !== 'string') {
      throw new BadTokenAnswer(
        `${TOKEN_PATH} gave no token: is it another program than the api that listens there? ${SECRET_TOLD}`,
      );
    }
    const lifeMs = lifeSeconds * 1_000;
    const renewAtMs = this.nowMs() + Math.max(lifeMs - RENEW_BEFORE_MS, lifeMs / 2);
    this.current = { token, renewAtMs };
    return token;
  }

  /** @throws RequestRefused, and BadTokenAnswer where it was no token endpoint that read the secret */
  private async asked(request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await this.send(request);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      const { body } = error.problem;
      // Of a refusal, RFC 6749 has `error`, and the api's other problems have `code`.
      const isOfTokens = isRecord(body) && (isText(body['error']) || isText(body['code']));
      throw isOfTokens ? error : new BadTokenAnswer(`${error.message} ${SECRET_TOLD}`);
    }
  }
}

const isText = (value: unknown) => typeof value === 'string';
