const REQUEST_TIMEOUT_MS = 15_000;
const MAX_TRIES = 4;
const RETRY_DELAY_MS = 300;
const SHOWN_BODY_CHARACTERS = 1_000;

/** An OAuth client: what a person or program shows to get a token. */
export interface Credential {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The api answered with something else than success. */
export class RequestRefused extends Error {
  constructor(
    readonly status: number,
    route: string,
    body: string,
  ) {
    super(`${route} answered ${status}: ${body.slice(0, SHOWN_BODY_CHARACTERS)}`);
    this.name = 'RequestRefused';
  }
}

/** Gets a token from an api by client credentials. */
export async function getToken(baseUrl: string, credential: Credential): Promise<string> {
  const answer = await request(`${baseUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: credential.clientId,
      client_secret: credential.clientSecret,
    }),
  });
  return (answer as { access_token: string }).access_token;
}

/** Creates something over REST; the key makes a repetition harmless. */
export async function create<T>(
  baseUrl: string,
  token: string,
  route: string,
  body: unknown,
  idempotencyKey: string,
): Promise<T> {
  return (await request(`${baseUrl}${route}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify(body),
  })) as T;
}

/** Sends a request again when the connection broke or the server had no room for it. */
async function request(url: string, init: RequestInit): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const response = await fetch(url, { ...init, signal });
      const text = await response.text();
      if (response.ok) return JSON.parse(text);
      throw new RequestRefused(response.status, `${init.method} ${url}`, text);
    } catch (error) {
      const passing = !(error instanceof RequestRefused) || error.status === 503;
      if (!passing || attempt >= MAX_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * attempt));
    }
  }
}
