import type { LookupAddress } from 'node:dns';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type AllowedNetworks, isAllowed, refusalOf } from '@bulkhead/addresses';
import type { Timers } from '../timers.js';

/** From the first packet to the end of the answer. */
export const ANSWER_WITHIN_MS = 10_000;
/** What an answer says does not matter; so much of it is read before its connection is ended. */
export const ANSWER_BYTES_MAX = 16_384;
const ANSWER_HEADER_BYTES_MAX = 16_384;
const USER_AGENT = 'Bulkhead-Webhooks/1';

const STOPPED = { kind: 'failed', because: 'stopped' } as const;

/** What became of one try. Nothing in it is text of the receiver, who could put anything into it. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly kind: 'failed'; readonly because: FailureCause };

/** `stopped`: by this side, before there was an answer. */
export type FailureCause =
  | 'address-refused'
  | 'https-required'
  | 'name-not-found'
  | 'no-connection'
  | 'tls'
  | 'timeout'
  | 'bad-answer'
  | 'stopped';

/** Resolves a name to all its addresses, as `dns.lookup` does. */
export type ResolveAll = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface SendingParts {
  readonly resolve: ResolveAll;
  /** Special addresses that the operator lets messages go to. */
  readonly allowed: AllowedNetworks;
  readonly timers: Timers;
  readonly answerWithinMs?: number;
  /** Ends the try at once. */
  readonly signal?: AbortSignal;
}

class NameNotFound extends Error {
  readonly code = 'ENOTFOUND';
}

class AddressRefused extends Error {
  constructor(readonly code: 'ADDRESS_REFUSED' | 'HTTPS_REQUIRED') {
    super('no address may be connected to');
  }
}

/**
 * Sends a message once. The address is judged where the connection is made, on the very addresses that it is
 * made to, so that a name which means another one a moment later is no way around. Redirects are answers
 * like others, and not followed. Never fails: what went wrong is an outcome.
 */
export function sendMessage(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  parts: SendingParts,
): Promise<Outcome> {
  // An address that stands in the URL is never looked up, so it is judged here.
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const refused = isIP(literal) > 0 ? whyRefused(url, literal, parts.allowed) : null;
  if (refused !== null) return Promise.resolve({ kind: 'failed', because: causeOf(refused) });
  if (parts.signal?.aborted) return Promise.resolve(STOPPED);
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((resolve) => {
    const settle = (outcome: Outcome) => {
      cancel();
      parts.signal?.removeEventListener('abort', stop);
      resolve(outcome);
      sent.destroy();
    };
    const stop = () => settle(STOPPED);
    parts.signal?.addEventListener('abort', stop);
    const sent = request(url, {
      method: 'POST',
      // A connection of its own: none is kept that another endpoint's message could go over.
      agent: false,
      lookup: guardedLookup(url, parts),
      maxHeaderSize: ANSWER_HEADER_BYTES_MAX,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': USER_AGENT,
      },
    });
    const withinMs = parts.answerWithinMs ?? ANSWER_WITHIN_MS;
    const cancel = parts.timers.after(withinMs, () =>
      settle({ kind: 'failed', because: 'timeout' }),
    );
    sent.on('response', (answer) => readAnswer(answer, settle));
    sent.on('error', (error) => settle({ kind: 'failed', because: causeOf(error) }));
    sent.end(body);
  });
}

/** The status counts once the answer has ended, or has gone on for longer than anybody reads. */
function readAnswer(answer: IncomingMessage, settle: (outcome: Outcome) => void): void {
  const { statusCode: status = 0, headers } = answer;
  const seconds = /^\d{1,7}$/.test(headers['retry-after'] ?? '')
    ? headers['retry-after']
    : undefined;
  const retryAfterMs = seconds === undefined ? null : Number(seconds) * 1_000;
  const answered = { kind: 'answered', status, retryAfterMs } as const;
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) settle(answered);
  });
  answer.on('end', () => settle(answered));
  answer.on('error', () => settle({ kind: 'failed', because: 'bad-answer' }));
}

/** Gives a connection only addresses that a message may go to; one that has none of them is refused. */
function guardedLookup(url: URL, { resolve, allowed }: SendingParts): LookupFunction {
  return (hostname, { all }, done) => {
    resolve(hostname, (error, addresses) => {
      if (error !== null || addresses.length === 0) return done(new NameNotFound(), [], 0);
      const judged = addresses.map(({ address }) => whyRefused(url, address, allowed));
      const permitted = addresses.filter((_, at) => judged[at] === null);
      const [first] = permitted;
      if (first === undefined) {
        const [why = new AddressRefused('ADDRESS_REFUSED')] = judged;
        return done(why, [], 0);
      }
      if (all === true) return done(null, permitted as LookupAddress[]);
      done(null, first.address, first.family);
    });
  };
}

/** What anybody on the way can read goes only where an operator says so: to networks of his own. */
function whyRefused(url: URL, address: string, allowed: AllowedNetworks): AddressRefused | null {
  if (refusalOf(address, allowed) !== null) return new AddressRefused('ADDRESS_REFUSED');
  const isPlain = url.protocol !== 'https:';
  return isPlain && !isAllowed(address, allowed) ? new AddressRefused('HTTPS_REQUIRED') : null;
}

function causeOf(error: NodeJS.ErrnoException): FailureCause {
  const { code = '' } = error;
  if (code === 'ADDRESS_REFUSED') return 'address-refused';
  if (code === 'HTTPS_REQUIRED') return 'https-required';
  if (error instanceof NameNotFound) return 'name-not-found';
  if (code.startsWith('HPE_') || code === 'ERR_INVALID_ARG_VALUE') return 'bad-answer';
  const isTls = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|UNABLE_TO|SELF_SIGNED|EPROTO)/.test(code);
  return isTls ? 'tls' : 'no-connection';
}
