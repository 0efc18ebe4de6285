import { OutputInMemory } from '@bulkhead/event-store/in-memory';
import { DriverError, type LogChunk } from '@bulkhead/hypervisor';
import { beforeEach, describe, expect, it } from 'vitest';
import { idOf } from '../../../../test/domain/builders.js';
import type { Logger } from '../logging.js';
import type { Timers } from '../timers.js';
import { LAST_OUTPUT_WITHIN_MS, LastOutput } from './last-output.js';
import { UNREAD } from './output-bound.js';
import { CHUNKS_AT_ONCE_MAX, OutputCapture, type OutputSource } from './output-capture.js';

const attempt = {
  tenantId: idOf('ten', 1),
  workloadId: idOf('wl', 1),
  computeSystemId: idOf('cs', 1),
  attempt: 1,
};
const exited = { stage: 'exited', startedAtMs: 1 } as const;
const lost = { stage: 'lost', startedAtMs: 1 } as const;
const SECRET = 'a secret that a workload wrote\n';

let store: OutputInMemory;
let lines: unknown[][];
let alarms: Map<number, () => void>;

beforeEach(() => {
  store = new OutputInMemory();
  lines = [];
  alarms = new Map();
});

const log = (...line: unknown[]) => void lines.push(line);
const logger = { debug: log, info: log, warn: log, error: log } as unknown as Logger;
const timers: Timers = {
  after(delayMs, run) {
    alarms.set(delayMs, run);
    return () => void alarms.delete(delayMs);
  },
};
const passed = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
function process(output = store) {
  const capture = new OutputCapture({ output, outputMaxBytes: 100_000, clock: () => 9 });
  return { capture, last: new LastOutput({ capture, timers, logger }) };
}

/** A host that holds these texts. */
function host(...texts: string[]): OutputSource & { readonly reads: number[] } {
  const reads: number[] = [];
  return {
    reads,
    async *logs(_id, from) {
      reads.push(from);
      for (const [offset, text] of texts.entries()) {
        if (offset >= from) yield { offset, stream: 'stdout', text, writtenAtMs: offset };
      }
    },
  };
}
const failing = (error: Error): OutputSource => ({
  // biome-ignore lint/correctness/useYield: it fails before there is anything to give.
  async *logs(): AsyncGenerator<LogChunk> {
    throw error;
  },
});
const gone = failing(new DriverError('NOT_FOUND', 'gone'));
const kept = () => store.chunksOf(attempt.computeSystemId).map(({ text }) => text);

describe('what an attempt wrote last', () => {
  it('is stored before its release, on from what was captured while it ran', async () => {
    const { capture, last } = process();
    await capture.take(attempt, host('a'));
    const all = host('a', 'b', SECRET);
    await last.take(attempt, exited, all);
    expect(all.reads).toEqual([1]);
    expect(kept()).toEqual(['a', 'b', SECRET]);
    expect(await store.captures(attempt.workloadId)).toMatchObject([{ hasEnded: true }]);
  });

  it('is gone on with by another process, from what is stored', async () => {
    await process().capture.take(attempt, host('a', 'b'));
    const all = host('a', 'b', 'c');
    await process().last.take(attempt, exited, all);
    expect(all.reads).toEqual([2]);
    expect(kept()).toEqual(['a', 'b', 'c']);
  });

  it('changes nothing when the release is repeated after the host has forgotten it', async () => {
    await process().last.take(attempt, exited, host('a'));
    await process().last.take(attempt, exited, gone);
    expect(kept()).toEqual(['a']);
  });

  it('is not said to be missing by a process that another one has overtaken', async () => {
    const overtaken = process();
    await overtaken.capture.take(attempt, host('a'));
    await process().last.take(attempt, exited, host('a', 'b'));
    await overtaken.last.take(attempt, exited, gone);
    expect(kept()).toEqual(['a', 'b']);
  });

  it('is said to be missing behind what another process stores between the question and the notice', async () => {
    const { capture, last } = process();
    await capture.take(attempt, host('a'));
    const { captures } = store;
    store.captures = async (id) => {
      const known = await captures.call(store, id);
      store.captures = captures;
      await process().capture.take(attempt, host('a', 'b', 'c'));
      return known;
    };
    await last.take(attempt, lost, gone);
    expect(kept()).toEqual(['a', 'b', 'c', UNREAD]);
  });

  it('is gone on with where another process has stored more of it than was known', async () => {
    const { capture, last } = process();
    await capture.take(attempt, host('a'));
    await process().capture.take(attempt, host('a', 'b', 'c'));
    const short = host('a', 'b');
    await capture.take(attempt, short);
    await last.take(attempt, exited, host('a', 'b', 'c', 'd'));
    expect(kept()).toEqual(['a', 'b', 'c', 'd']);
    expect(await store.captures(attempt.workloadId)).toMatchObject([{ nextOffset: 4 }]);
  });

  it('is said to be missing where its host went down, and where it cannot be asked', async () => {
    const { capture, last } = process();
    await capture.take(attempt, host('a'));
    await last.take(attempt, lost, gone);
    expect(kept()).toEqual(['a', UNREAD]);
    const other = { ...attempt, computeSystemId: idOf('cs', 2), attempt: 2 };
    await last.take(other, lost, null);
    expect(store.chunksOf(other.computeSystemId).map(({ text }) => text)).toEqual([UNREAD]);
  });

  it('holds its release up no longer than a bound, and what comes later is not stored', async () => {
    const { last } = process();
    let letGo = () => {};
    const slow: OutputSource = {
      async *logs() {
        await new Promise<void>((resolve) => {
          letGo = resolve;
        });
        yield { offset: 0, stream: 'stdout', text: 'late', writtenAtMs: 1 };
      },
    };
    const taken = last.take(attempt, exited, slow);
    await new Promise((resolve) => setImmediate(resolve));
    alarms.get(LAST_OUTPUT_WITHIN_MS)?.();
    await taken;
    letGo();
    await new Promise((resolve) => setImmediate(resolve));
    expect(kept()).toEqual([UNREAD]);
  });

  it('is followed by the notice, and not mixed with it, where some of it is being stored when it is late', async () => {
    const texts = Array.from({ length: CHUNKS_AT_ONCE_MAX + 1 }, (_, offset) => `${offset}\n`);
    const early = texts.slice(0, CHUNKS_AT_ONCE_MAX);
    const endless: OutputSource = {
      async *logs(id, from) {
        yield* host(...texts).logs(id, from);
        await new Promise(() => {});
      },
    };
    let letGo = () => {};
    const slow = new OutputInMemory();
    slow.store = async (capture) => {
      const isFirst = store.chunksOf(capture.computeSystemId).length === 0 && !capture.hasEnded;
      if (isFirst) await new Promise<void>((resolve) => (letGo = resolve));
      return store.store(capture);
    };
    slow.captures = (id) => store.captures(id);
    const { last } = process(slow);
    const taken = last.take(attempt, exited, endless);
    await passed();
    alarms.get(LAST_OUTPUT_WITHIN_MS)?.();
    await passed();
    letGo();
    await taken;
    expect(kept()).toEqual([...early, UNREAD]);
  });

  it('is not followed by what a capture finds that began while it ran', async () => {
    const { capture, last } = process();
    let letGo = () => {};
    const slow: OutputSource = {
      async *logs(id, from) {
        await new Promise<void>((resolve) => (letGo = resolve));
        yield* host('late', 'later').logs(id, from);
      },
    };
    const taking = capture.take(attempt, slow);
    await passed();
    await last.take(attempt, lost, null);
    letGo();
    await taking;
    expect(kept()).toEqual([UNREAD]);
  });

  it('is not given up while its host cannot be reached, because it cannot be released then either', async () => {
    const away = failing(new DriverError('UNREACHABLE', 'away'));
    await expect(process().last.take(attempt, exited, away)).rejects.toThrow('away');
    expect(kept()).toEqual([]);
  });

  it('is not asked for where there is none', async () => {
    const { last } = process();
    const untouched = host('a');
    await last.take(attempt, { stage: 'start-failed', startedAtMs: null }, untouched);
    last.hear({
      ...{ computeSystemId: attempt.computeSystemId, state: 'exited', silent: true },
      ...{ stages: [], exit: null, failure: null },
    });
    await last.take(attempt, exited, untouched);
    expect(untouched.reads).toEqual([]);
    expect(kept()).toEqual([]);
  });

  it('is in no line of the worker’s own log', async () => {
    const broken: OutputSource = {
      async *logs() {
        yield { offset: 7, stream: 'stdout', text: SECRET, writtenAtMs: 1 };
      },
    };
    await process().last.take(attempt, exited, broken);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(kept()).toEqual([UNREAD]);
  });
});
