import { setMaxListeners } from 'node:events';
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { DriverError } from '../../driver.js';
import { DriverProtocolError, refusalFrom } from './refusals.js';

/** An effect is answered when it is accepted, so this much silence means that nobody is there. */
const ANSWER_WITHIN_MS = 10_000;
/** Beats come every 4 s; after three missed ones the stream counts as broken. */
const STREAM_SILENT_MS = 15_000;
const MAX_CONNECTIONS = 32;
/** `list` of a full host is the largest answer. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** An idle connection may be closed under a request; repeating it once is safe, every effect is idempotent. */
const MAX_TRIES = 2;

/** How much of an answer that nobody understands is shown. */
const MAX_QUOTED = 200;

export interface Endpoint {
  readonly url: string;
  readonly token: string;
}

/** Connections to one simulated-host process, kept alive and shared by the drivers of all its hosts. */
export class Connection {
  readonly #base: URL;
  readonly #authorization: string;
  readonly #request: typeof request;
  readonly #agent: Agent;
  /** Watches last for ever and must not use up the connections of short requests. */
  readonly #streams: Agent;

  constructor({ url, token }: Endpoint) {
    this.#base = new URL(url);
    this.#authorization = `Bearer ${token}`;
    const secure = this.#base.protocol === 'https:';
    const Kind = secure ? TlsAgent : Agent;
    this.#request = secure ? tlsRequest : request;
    this.#agent = new Kind({ keepAlive: true, maxSockets: MAX_CONNECTIONS, scheduling: 'lifo' });
    this.#streams = new Kind({ keepAlive: false });
  }

  get<T>(path: string): Promise<T> {
    return this.#exchange('GET', path, null, MAX_TRIES) as Promise<T>;
  }

  post<T = null>(path: string, body: object): Promise<T> {
    return this.#exchange('POST', path, JSON.stringify(body), MAX_TRIES) as Promise<T>;
  }

  /** The answer's bytes as they come. Silence, a break and an end that nobody asked for are errors. */
  async open(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    // One signal ends the watches of a whole fleet, so many listeners on it are no leak.
    setMaxListeners(0, signal);
    const answer = await this.#send('GET', path, null, { agent: this.#streams, signal });
    if (answer.statusCode !== 200) throw refusal(answer.statusCode, await textOf(answer));
    answer.setTimeout(STREAM_SILENT_MS, () => answer.destroy(new Error('the stream fell silent')));
    return answer;
  }

  close(): void {
    this.#agent.destroy();
    this.#streams.destroy();
  }

  async #exchange(
    method: 'GET' | 'POST',
    path: string,
    body: string | null,
    tries: number,
  ): Promise<unknown> {
    let text: string;
    let status: number | undefined;
    try {
      const answer = await this.#send(method, path, body, { agent: this.#agent });
      status = answer.statusCode;
      text = await textOf(answer);
    } catch (error) {
      if (tries > 1 && error instanceof StaleConnection) {
        return this.#exchange(method, path, body, tries - 1);
      }
      throw unreachable(error);
    }
    if (status === 204) return null;
    if (status !== 200) throw refusal(status, text);
    return parse(text);
  }

  #send(
    method: 'GET' | 'POST',
    path: string,
    body: string | null,
    { agent, signal }: { agent: Agent; signal?: AbortSignal },
  ): Promise<IncomingMessage> {
    const headers: OutgoingHttpHeaders = { authorization: this.#authorization };
    if (body !== null) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = Buffer.byteLength(body);
    }
    return new Promise((resolve, reject) => {
      const sent = this.#request(new URL(path, this.#base), {
        method,
        headers,
        agent,
        timeout: ANSWER_WITHIN_MS,
        ...(signal ? { signal } : {}),
      });
      sent.on('response', resolve);
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${ANSWER_WITHIN_MS} ms`)));
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const stale = sent.reusedSocket && error.code === 'ECONNRESET';
        reject(stale ? new StaleConnection(error.message) : error);
      });
      sent.end(body ?? undefined);
    });
  }
}

class StaleConnection extends Error {}

async function textOf(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const part of answer) {
    text += part;
    if (text.length > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
  }
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DriverProtocolError('the answer is not JSON');
  }
}

function refusal(status: number | undefined, text: string): Error {
  if (status === undefined || status >= 500) {
    return new DriverError('UNREACHABLE', `answered ${status}: ${text.slice(0, MAX_QUOTED)}`);
  }
  const { code, detail } = parse(text) as { code?: string; detail?: string };
  return refusalFrom(code, detail);
}

export function unreachable(error: unknown): DriverError {
  if (error instanceof DriverError) return error;
  return new DriverError('UNREACHABLE', error instanceof Error ? error.message : String(error));
}
