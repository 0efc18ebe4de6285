import { describe, expect, it } from 'vitest';
import { CLOSE_GRACE_MS, END_GRACE_MS, FrameStream, HEARTBEAT_EVERY_MS } from './frame-stream.js';
import { ManualTimers } from './manual-timers.contract.js';
import { HEARTBEAT, STREAM_OPENING, type StreamFrame } from './stream-frame.js';

function streamOf(frames: (signal: AbortSignal) => AsyncIterable<StreamFrame>) {
  const timers = new ManualTimers();
  const failures: unknown[] = [];
  const stream = new FrameStream(frames, { timers, failed: (error) => failures.push(error) });
  return { stream, timers, failures };
}

function readInto(stream: FrameStream): string[] {
  const read: string[] = [];
  stream.on('data', (chunk: Buffer) => read.push(chunk.toString('utf8')));
  return read;
}

const never = async function* (signal: AbortSignal): AsyncGenerator<StreamFrame> {
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
};

describe('an event stream', () => {
  it('opens at once, sends its frames as they come, and ends with them', async () => {
    const { stream, timers } = streamOf(async function* () {
      yield { id: '7', data: { text: 'two\nlines' } };
      yield { event: 'end', data: { status: 'failed' } };
    });
    const read = readInto(stream);
    await timers.pass(0);
    expect(read.join('')).toBe(
      `${STREAM_OPENING}id: 7\ndata: {"text":"two\\nlines"}\n\nevent: end\ndata: {"status":"failed"}\n\n`,
    );
    expect(stream.readableEnded).toBe(true);
  });

  it('beats every 15 s while nothing happens', async () => {
    const { stream, timers } = streamOf(never);
    const read = readInto(stream);
    await timers.pass(3 * HEARTBEAT_EVERY_MS);
    expect(read).toEqual([STREAM_OPENING, HEARTBEAT, HEARTBEAT, HEARTBEAT]);
    stream.destroy();
  });

  it('asks for no frame that its reader has no room for', async () => {
    let asked = 0;
    const { stream, timers } = streamOf(async function* () {
      for (;;) {
        asked += 1;
        yield { data: 'x'.repeat(1_000) };
      }
    });
    stream.read(0);
    await timers.pass(0);
    const before = asked;
    expect(before).toBeLessThan(20);
    await timers.pass(HEARTBEAT_EVERY_MS);
    expect(asked).toBe(before);
    stream.read();
    await timers.pass(0);
    expect(asked).toBeGreaterThan(before);
    stream.destroy();
  });

  it('cuts off a reader that takes nothing for two heartbeats, but not one that is only slow', async () => {
    const endless = async function* (): AsyncGenerator<StreamFrame> {
      for (;;) yield { data: 'x'.repeat(1_000) };
    };
    const slow = streamOf(endless);
    for (let beat = 0; beat < 6; beat += 1) {
      slow.stream.read();
      await slow.timers.pass(HEARTBEAT_EVERY_MS);
    }
    expect(slow.stream.destroyed).toBe(false);
    slow.stream.destroy();
    const stuck = streamOf(endless);
    stuck.stream.read(0);
    await stuck.timers.pass(4 * HEARTBEAT_EVERY_MS);
    expect(stuck.stream.destroyed).toBe(true);
  });

  it('that is closed says why, gives its signal, and does not wait for a reader that has gone', async () => {
    let isTold = false;
    const { stream, timers } = streamOf(async function* (signal) {
      signal.addEventListener('abort', () => {
        isTold = true;
      });
      yield { data: 1 };
      yield* never(signal);
    });
    const read = readInto(stream);
    await timers.pass(0);
    stream.closeBecause('token-expired');
    await timers.pass(0);
    expect(read.at(-1)).toBe('event: closed\ndata: {"reason":"token-expired"}\n\n');
    expect([isTold, stream.readableEnded]).toEqual([true, true]);
    const unread = streamOf(never);
    unread.stream.closeBecause('stopping');
    await unread.timers.pass(CLOSE_GRACE_MS);
    expect(unread.stream.destroyed).toBe(true);
  });

  it('does not hold the connection of a reader who never takes the last of it', async () => {
    const { stream, timers } = streamOf(async function* () {
      yield { event: 'end', data: { status: 'succeeded' } };
    });
    let isCut = false;
    const answer = { destroy: () => (isCut = true), once: () => {} };
    stream.carriedBy(answer);
    stream.resume();
    await timers.pass(0);
    expect(stream.destroyed).toBe(true);
    await timers.pass(END_GRACE_MS - 1);
    expect(isCut).toBe(false);
    await timers.pass(1);
    expect(isCut).toBe(true);
    isCut = false;
    const closed = streamOf(never);
    closed.stream.carriedBy(answer);
    closed.stream.closeBecause('stopping');
    await closed.timers.pass(CLOSE_GRACE_MS);
    expect([isCut, closed.stream.destroyed]).toEqual([true, true]);
  });

  it('is left alone once its answer was taken', async () => {
    const { stream, timers } = streamOf(never);
    const taken: (() => void)[] = [];
    let isCut = false;
    const once = (_event: string, gone: () => void) => taken.push(gone);
    stream.carriedBy({ destroy: () => (isCut = true), once });
    stream.resume();
    stream.closeBecause('token-expired');
    await timers.pass(0);
    for (const gone of taken) gone();
    await timers.pass(END_GRACE_MS);
    expect(isCut).toBe(false);
  });

  it('whose frames cannot be read any further is closed, and the process hears why', async () => {
    const broken = new Error('the log is gone');
    const { stream, timers, failures } = streamOf(async function* () {
      yield { data: 1 };
      throw broken;
    });
    const read = readInto(stream);
    await timers.pass(0);
    expect(read.at(-1)).toContain('"unavailable"');
    expect(failures).toEqual([broken]);
  });
});
