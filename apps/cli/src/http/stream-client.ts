import { createParser } from 'eventsource-parser';
import { ApiUnavailable, RequestRefused, readProblem } from './problem.js';
import { isPassing, type RetryPlan, retryDelayMs } from './retry-plan.js';
import type { SendSources } from './send.js';
import type { TokenSource } from './token-source.js';

/** One message of an event stream. */
export interface StreamMessage {
  readonly id: string | undefined;
  /** `end` where nothing will follow; left out for the resource's own. */
  readonly event: string | undefined;
  readonly data: unknown;
}

/** Messages that came in one piece and wait to be taken; the api sends far less at a time. */
const WAITING_MAX = 100_000;

type StreamSources = Pick<SendSources, 'fetch' | 'nowMs' | 'random' | 'sleep' | 'signal'>;

/**
 * Event streams of the api, as one credential sees them. A stream that breaks, or that the api closes before
 * its end, is opened again after the message that was read last, so that none is missed or comes twice.
 */
export class StreamClient {
  constructor(
    private readonly baseUrl: string,
    private readonly tokens: TokenSource,
    private readonly plan: RetryPlan,
    private readonly sources: StreamSources,
  ) {}

  /**
   * Until the message `end`, which is the last of them.
   * @throws RequestRefused, and ApiUnavailable where it could not be opened again for as long as the plan says
   */
  async *messages(path: string): AsyncGenerator<StreamMessage> {
    const { nowMs, random, sleep, signal } = this.sources;
    let lastEventId: string | undefined;
    // Silence is no failure: much may pass between two messages.
    let failingSinceMs: number | null = null;
    for (let tries = 1; ; tries += 1) {
      let because = 'the stream was closed';
      try {
        const heard = () => {
          failingSinceMs = null;
          tries = 0;
        };
        for await (const message of this.once(path, lastEventId, heard)) {
          if (message.event === 'closed') break;
          lastEventId = message.id ?? lastEventId;
          yield message;
          if (message.event === 'end') return;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof RequestRefused) throw error;
        because = (error as Error).message;
      }
      failingSinceMs ??= nowMs();
      const delayMs = retryDelayMs(this.plan, Math.max(tries, 1), null, random);
      if (nowMs() + delayMs - failingSinceMs > this.plan.totalMs) {
        throw new ApiUnavailable(`GET ${this.baseUrl}${path}: ${because}`, path);
      }
      await sleep(delayMs);
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
