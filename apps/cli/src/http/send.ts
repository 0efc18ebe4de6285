import { counted } from '../output/counted.js';
import {
  ApiUnavailable,
  isRecord,
  RequestRefused,
  readProblem,
  UnusableAddress,
} from './problem.js';
import { isPassing, type RetryPlan, readRetryAfterMs, retryDelayMs } from './retry-plan.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else as text, as lines of JSON are; null where there is none. */
  readonly body: unknown;
}

export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

/** Where time, chance and the network come from. */
export interface SendSources {
  readonly fetch: typeof fetch;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Called once where an answer keeps someone waiting, with how long that may last. */
  readonly waiting?: (baseUrl: string, totalMs: number) => void;
  /** Ends every wait, and with it the request. */
  readonly signal?: AbortSignal;
}

/** Whoever waits longer than this wants to know for what. */
export const SILENT_MS = 1_000;
/** What fetch says of ports such as 6000, which it never connects to. */
const BAD_PORT = 'bad port';
/** The one "not now" that always means that the request was not taken. */
const TOO_MANY = 429;

/**
 * Sends requests over kept-alive connections. Broken connections, time-outs and answers that mean "not
 * now" are tried again for as long as the plan says, so only requests that may be repeated go this way.
 * @throws RequestRefused for every other answer that is no success, ApiUnavailable when patience is over,
 *   UnusableAddress where trying again is of no use
 */
export function createSend(baseUrl: string, plan: RetryPlan, sources: SendSources): Send {
  let isTold = false;
  return async (request) => {
    const startedAtMs = sources.nowMs();
    let isUntaken = true;
    for (let tries = 1; ; tries += 1) {
      const outcome = await tryOnce(baseUrl, request, plan, sources);
      if (outcome.kind === 'answer') return judged(baseUrl, request, outcome.answer);
      isUntaken &&= outcome.status === TOO_MANY;
      const delayMs = retryDelayMs(plan, tries, outcome.retryAfterMs, sources.random);
      if (sources.nowMs() + delayMs - startedAtMs > plan.totalMs) {
        const tried = triedText(tries, sources.nowMs() - startedAtMs);
        throw new ApiUnavailable(
          `${request.method} ${baseUrl}${request.path}: ${outcome.because} ${tried}${outcome.status === null ? '; is npm start running?' : ''}`,
          request.path,
          isUntaken,
          outcome.because,
        );
      }
      if (!isTold && sources.nowMs() - startedAtMs >= SILENT_MS) {
        isTold = true;
        sources.waiting?.(baseUrl, plan.totalMs);
      }
      await sources.sleep(delayMs);
    }
  };
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | {
      readonly kind: 'not-now';
      /** Null where no answer came. */
      readonly status: number | null;
      readonly because: string;
      readonly retryAfterMs: number | null;
    };

async function tryOnce(
  baseUrl: string,
  { method, path, headers, body }: HttpRequest,
  { requestTimeoutMs }: RetryPlan,
  sources: SendSources,
): Promise<Outcome> {
  const { signal } = sources;
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  try {
    const response = await sources.fetch(`${baseUrl}${path}`, {
      method,
      headers: { accept: 'application/json', ...headers },
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      // Whoever is asked must not have a secret sent on to somebody else.
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const { status, headers: answered } = response;
    const answer = { status, headers: answered, body: bodyOf(answered, text) };
    if (!isPassing(response.status, response.headers)) return { kind: 'answer', answer };
    const { code, detail, title } = readProblem(response.status, answer.body);
    return {
      kind: 'not-now',
      status: response.status,
      because: `${code} (${response.status}): ${detail || title}`,
      retryAfterMs: readRetryAfterMs(response.headers.get('retry-after'), sources.nowMs()),
    };
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as Error).cause instanceof Error && describe(error).includes(BAD_PORT)) {
      throw new UnusableAddress(
        `${baseUrl} has a port that is kept for another protocol; no HTTP client of the platform connects to it`,
      );
    }
    return { kind: 'not-now', status: null, because: describe(error), retryAfterMs: null };
  }
}

function judged(baseUrl: string, { method, path }: HttpRequest, answer: HttpAnswer): HttpAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const refused = new RequestRefused(method, path, readProblem(answer.status, answer.body));
  if (isRecord(answer.body)) throw refused;
  const elsewhere = answer.headers.get('location');
  if (answer.status < 400 && elsewhere !== null) {
    throw refused.with(
      `(${baseUrl} points to ${elsewhere}: give --url for where the api itself is)`,
    );
  }
  // The api's own refusals are JSON, also those of its token endpoint.
  throw refused.with(
    `(${baseUrl} does not answer as the api does: is it the port of another program, such as a worker's?)`,
  );
}

function bodyOf(headers: Headers, text: string): unknown {
  if (text === '') return null;
  // A single one of several lines of JSON would pass for an object.
  const isLines = /^application\/x-ndjson\b/.test(headers.get('content-type') ?? '');
  return isLines ? text : parsed(text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What a request that was not answered failed of, with the cause that the network tells. */
export function describe(error: unknown): string {
  const { message, cause } = error as Error;
  if (!(cause instanceof Error)) return message;
  // A refused connection to several addresses has its reasons one level down.
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause;
  return `${message} (${inner instanceof Error ? inner.message : String(inner)})`;
}

/** How much patience was spent, for who reads that it is over. */
export function triedText(tries: number, ms: number): string {
  const spent = `${counted(tries, 'time')} in ${(ms / 1_000).toFixed(1)} s`;
  return `(tried ${spent}; --give-up-after says for how long)`;
}
