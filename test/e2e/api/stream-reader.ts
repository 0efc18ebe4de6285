import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect } from 'vitest';
import type { ApiUnderTest } from './api-under-test.js';

const PATIENCE = { timeout: 10_000, interval: 10 };

export interface Message {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: ReturnType<typeof JSON.parse>;
}

/** Reads an event stream as a client does, until it ends or the test leaves it. */
export class StreamReader {
  readonly messages: Message[] = [];
  comments = 0;
  isEnded = false;
  private readonly leaving = new AbortController();

  private constructor(readonly headers: Headers) {}

  static async open(api: ApiUnderTest, path: string, token: string, lastEventId?: string) {
    const leaving = new AbortController();
    const response = await fetch(`${api.url}${path}`, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: leaving.signal,
    });
    if (response.status !== 200 || response.body === null) {
      throw new Error(`no stream: ${response.status} ${await response.text()}`);
    }
    const reader = new StreamReader(response.headers);
    reader.leaving.signal.addEventListener('abort', () => leaving.abort());
    void reader.read(response.body);
    return reader;
  }

  /** The messages once there are so many. */
  async first(count: number): Promise<readonly Message[]> {
    await expect.poll(() => this.messages.length, PATIENCE).toBeGreaterThanOrEqual(count);
    return this.messages.slice(0, count);
  }

  /** All of them, once the server has ended the stream. */
  async all(): Promise<readonly Message[]> {
    await expect.poll(() => this.isEnded, PATIENCE).toBe(true);
    return this.messages;
  }

  leave(): void {
    this.leaving.abort();
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = createParser({
      onEvent: ({ id, event, data }: EventSourceMessage) => {
        this.messages.push({ id, event, data: JSON.parse(data) });
      },
      onComment: () => {
        this.comments += 1;
      },
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
    } catch (error) {
      if (!this.leaving.signal.aborted) throw error;
    }
    this.isEnded = true;
  }
}
