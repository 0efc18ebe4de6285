import { setTimeout as sleep } from 'node:timers/promises';

const REQUEST_TIMEOUT_MS = 8_000;
const FIRST_PAUSE_MS = 50;
const PAUSE_MAX_MS = 1_000;
/** Longer than anything that a schedule breaks stays broken, where many processes come up at once. */
const GIVE_UP_AFTER_MS = 180_000;
/** Answers that mean "not now"; whoever gets one asks again. */
const PASSING: ReadonlySet<number> = new Set([429, 503, 504]);
const UNAUTHORIZED = 401;
const CONFLICT = 409;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What went wrong with one try of a request. */
export interface FailedTry {
  readonly method: string;
  readonly path: string;
  /** Null where there was no answer at all. */
  readonly status: number | null;
  readonly detail: string;
}

/**
 * One credential's way to the apis: each request goes to the next api, and again to another one where it
 * was not answered or answered "not now". A key makes that harmless for what creates something.
 */
export class Wire {
  /** Every try that did not get its answer, in order. */
  readonly failedTries: FailedTry[] = [];
  private token: Promise<string> | null = null;
  private turn = 0;

  constructor(
    private readonly urls: () => readonly string[],
    private readonly credential: { readonly clientId: string; readonly clientSecret: string },
    readonly name: string,
    /** Of the tenant; null for a platform credential. */
    readonly tenantId: string | null = null,
  ) {}

  /** The same credential's way to one api alone. */
  onlyTo(url: string): Wire {
    const wire = new Wire(() => [url], this.credential, this.name, this.tenantId);
    wire.token = this.token;
    return wire;
  }

  get(path: string): Promise<Answer> {
    return this.insist('GET', path, {});
  }

  post(path: string, body: unknown, key: string): Promise<Answer> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    return this.insist('POST', path, { headers, body: JSON.stringify(body) });
  }

  /** @throws Error with the last failure after GIVE_UP_AFTER_MS */
  private async insist(method: string, path: string, init: RequestInit): Promise<Answer> {
    const giveUpAtMs = performance.now() + GIVE_UP_AFTER_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
      const tried = await this.tryOnce(method, path, init);
      if ('body' in tried) return tried;
      this.failedTries.push(tried);
      if (performance.now() > giveUpAtMs) {
        throw new Error(`${this.name} gave up: ${JSON.stringify(tried)}`);
      }
      await sleep(pauseMs);
    }
  }

  private async tryOnce(
    method: string,
    path: string,
    init: RequestInit,
  ): Promise<Answer | FailedTry> {
    const failed = (status: number | null, detail: string) => ({ method, path, status, detail });
    try {
      const headers = { ...init.headers, authorization: `Bearer ${await this.tokenNow()}` };
      const response = await fetch(`${this.nextUrl()}${path}`, {
        ...init,
        method,
        headers,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const { status } = response;
      const text = await response.text();
      const isPassing =
        PASSING.has(status) || (status === CONFLICT && response.headers.has('retry-after'));
      if (isPassing || status >= 500) return failed(status, text);
      if (status === UNAUTHORIZED) {
        this.token = null;
        return failed(status, text);
      }
      return { status, body: text === '' ? null : JSON.parse(text) };
    } catch (error) {
      return failed(null, causeOf(error));
    }
  }

  private nextUrl(): string {
    const urls = this.urls();
    this.turn += 1;
    return urls[this.turn % urls.length] as string;
  }

  /** Its access token, for somebody who speaks to the apis in another way. */
  bearer(): Promise<string> {
    return this.tokenNow();
  }

  private tokenNow(): Promise<string> {
    this.token ??= this.askForToken().catch((error: unknown) => {
      this.token = null;
      throw error;
    });
    return this.token;
  }

  private async askForToken(): Promise<string> {
    const { clientId, clientSecret } = this.credential;
    const form = { grant_type: 'client_credentials', client_id: clientId };
    const response = await fetch(`${this.nextUrl()}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...form, client_secret: clientSecret }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`no token: ${response.status} ${text}`);
    return (JSON.parse(text) as { access_token: string }).access_token;
  }
}

function causeOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
}
