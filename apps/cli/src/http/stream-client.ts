import { createParser } from 'eventsource-parser';
import { ApiUnavailable, RequestRefused, readProblem, UnusableAddress } from './problem.js';
import { isPassing, type RetryPlan } from './retry-plan.js';
import { describe, type SendSources } from './send.js';
import { StreamOutage } from './stream-outage.js';
import { BadTokenAnswer, type TokenSource } from './token-source.js';

/** One message of an event stream. */
export interface StreamMessage {
  readonly id: string | undefined;
  /** `end` where nothing will follow; left out for the resource's own. */
  readonly event: string | undefined;
  readonly data: unknown;
}

/** Messages that came in one piece and wait to be taken; the api sends far less at a time. */
const WAITING_MAX = 100_000;
/** What no further try changes. */
const FINAL = [RequestRefused, UnusableAddress, BadTokenAnswer];

/**
 * Event streams of the api, as one credential sees them. A stream that breaks, or that the api closes before
 * its end, is opened again after the message that was read last, so that none is missed or comes twice.
 */
export class StreamClient {
  /** @param tokens tried once each time, so that the patience of the plan is that of both together */
  constructor(
    private readonly baseUrl: string,
    private readonly tokens: TokenSource,
    private readonly plan: RetryPlan,
    private readonly sources: SendSources,
  ) {}

  /**
   * Until the message `end`, which is the last of them.
   * @throws RequestRefused, and ApiUnavailable where it could not be opened again for as long as the plan says
   */
  async *messages(path: string): AsyncGenerator<StreamMessage> {
    let lastEventId: string | undefined;
    // Silence is no failure: much may pass between two messages.
    const outage = new StreamOutage(this.baseUrl, path, this.plan, this.sources);
    const heard = () => outage.end();
    for (;;) {
      let because = 'the stream was closed';
      outage.beginTry();
      try {
        for await (const message of this.once(path, lastEventId, heard)) {
          if (message.event === 'closed') break;
          lastEventId = message.id ?? lastEventId;
          yield message;
          if (message.event === 'end') return;
        }
      } catch (error) {
        this.sources.signal?.throwIfAborted();
        if (FINAL.some((kind) => error instanceof kind)) throw error;
        because = error instanceof ApiUnavailable ? error.because : describe(error);
      }
      await outage.wait(because);
    }
  }

  private async *once(
    path: string,
    lastEventId: string | undefined,
    heard: () => void,
  ): AsyncGenerator<StreamMessage> {
    const token = await this.tokens.token();
    const response = await this.open(path, token, lastEventId);
    if (response.status !== 200 || response.body === null) {
      const body: unknown = await response.json().catch(() => null);
      const problem = readProblem(response.status, body);
      if (response.status === 401) this.tokens.forget(token);
      else if (!isPassing(response.status, response.headers)) {
        throw new RequestRefused('GET', path, problem);
      }
      throw new Error(`${problem.code} (${response.status})`);
    }
    const waiting: StreamMessage[] = [];
    const parser = createParser({
      onEvent: ({ id, event, data }) => waiting.push({ id, event, data: JSON.parse(data) }),
    });
    const decoder = new TextDecoder();
    for await (const bytes of response.body) {
      // A heartbeat says as well as a message that the api is there.
      heard();
      parser.feed(decoder.decode(bytes, { stream: true }));
      if (waiting.length > WAITING_MAX) throw new Error('the stream sends too much at a time');
      yield* waiting.splice(0);
    }
  }

  /** What takes longer than a request may is the stream itself, not its beginning. */
  private async open(path: string, token: string, lastEventId: string | undefined) {
    const { fetch, signal } = this.sources;
    const giveUp = new AbortController();
    const late = setTimeout(() => giveUp.abort(), this.plan.requestTimeoutMs);
    try {
      return await fetch(`${this.baseUrl}${path}`, {
        headers: {
          accept: 'text/event-stream',
          authorization: `Bearer ${token}`,
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
        signal: signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, signal]),
      });
    } finally {
      clearTimeout(late);
    }
  }
}
