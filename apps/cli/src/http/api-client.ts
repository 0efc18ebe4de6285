import type { Credential } from '../credentials/credential.js';
import { RequestRefused } from './problem.js';
import type { HttpAnswer, HttpRequest, Send } from './send.js';
import { TokenSource } from './token-source.js';

/** In answers of commands; a read that brings it sees what the command did. */
const CONSISTENCY_HEADER = 'bulkhead-consistency-token';

/** The api as one credential sees it. Its reads see what its commands did before them. */
export class ApiClient {
  private readonly tokens: TokenSource;
  /** Of the command that was answered last. */
  private consistencyToken: string | null = null;

  constructor(
    private readonly send: Send,
    credential: Credential,
    nowMs: () => number,
    /** What is added where the answer depends on who asks. */
    private readonly askedAs: string | null = null,
  ) {
    this.tokens = new TokenSource(send, credential, nowMs);
  }

  get(path: string): Promise<HttpAnswer> {
    const headers =
      this.consistencyToken === null ? {} : { [CONSISTENCY_HEADER]: this.consistencyToken };
    return this.authorized({ method: 'GET', path, headers });
  }

  /** Sends a command. Its key makes a repetition harmless, so a broken connection is no question. */
  post(path: string, body: unknown, idempotencyKey: string): Promise<HttpAnswer> {
    return this.postText(path, JSON.stringify(body), 'application/json', idempotencyKey);
  }

  /** The same with a body that is sent as it stands. */
  postText(
    path: string,
    body: string,
    contentType: string,
    idempotencyKey: string,
  ): Promise<HttpAnswer> {
    const headers = { 'content-type': contentType, 'idempotency-key': idempotencyKey };
    return this.command({ method: 'POST', path, headers, body });
  }

  /** Changes what is named. The same change twice is the change once, so it needs no key. */
  patch(path: string, body: unknown): Promise<HttpAnswer> {
    return this.change('PATCH', path, body);
  }

  /** Replaces the whole, which twice is once too. */
  put(path: string, body: unknown): Promise<HttpAnswer> {
    return this.change('PUT', path, body);
  }

  delete(path: string): Promise<HttpAnswer> {
    return this.command({ method: 'DELETE', path, headers: {} });
  }

  private change(method: 'PATCH' | 'PUT', path: string, body: unknown): Promise<HttpAnswer> {
    const headers = { 'content-type': 'application/json' };
    return this.command({ method, path, headers, body: JSON.stringify(body) });
  }

  private async command(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.authorized(request);
    this.consistencyToken = answer.headers.get(CONSISTENCY_HEADER) ?? this.consistencyToken;
    return answer;
  }

  private async authorized(request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await this.sendAuthorized(request);
    } catch (error) {
      const { askedAs } = this;
      if (askedAs === null || !(error instanceof RequestRefused) || !error.isOfCaller) throw error;
      throw error.with(askedAs);
    }
  }

  /** A token that is refused (revoked keys, a restarted api) is replaced once. */
  private async sendAuthorized(request: HttpRequest): Promise<HttpAnswer> {
    const token = await this.tokens.token();
    try {
      return await this.send(withToken(request, token));
    } catch (error) {
      if (!(error instanceof RequestRefused) || error.problem.status !== 401) throw error;
      this.tokens.forget(token);
      return this.send(withToken(request, await this.tokens.token()));
    }
  }
}

function withToken(request: HttpRequest, token: string): HttpRequest {
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
}
