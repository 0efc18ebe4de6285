import type { StreamId } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { AppendQueue, GROUP_LIMITS, type Outcome, WAITING_LIMITS } from './append-queue.js';
import { type EncodedAppend, encodeAppend } from './encode-append.js';
import { LogOverloaded } from './event-log.js';
import { append, write } from './samples.contract.js';

const APPENDED = { firstPosition: 1, lastPosition: 1, recordedAtMs: 1 };

/** A server that answers when it is told to. */
class SlowServer {
  readonly groups: string[][] = [];
  private readonly answers: ((outcomes: readonly Outcome[]) => void)[] = [];

  readonly send = (group: readonly EncodedAppend[]) => {
    this.groups.push(group.map(({ append }) => append.streams.map((one) => one.stream).join()));
    return new Promise<readonly Outcome[]>((resolve) => this.answers.push(resolve));
  };

  /** Answers the oldest group and lets its followers leave. */
  async answer(outcome: Outcome = APPENDED): Promise<void> {
    this.answers.shift()?.(Array(GROUP_LIMITS.members).fill(outcome));
    await turnsPass();
  }
}

/** Resolves after a turn of the event loop in which whatever was to leave has left. */
async function turnsPass(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const to = (stream: StreamId, count = 1) =>
  encodeAppend(append(write(stream, 0, Array(count).fill('x'))));
const guarding = (stream: StreamId, guarded: StreamId) =>
  encodeAppend({ ...append(write(stream, 0)), guards: [{ stream: guarded, version: 0 }] });

function queueOn(server: SlowServer, inFlightMax = 1) {
  const queue = new AppendQueue(server.send, inFlightMax);
  /** Pushes within one turn of the event loop, and waits until it has ended. */
  return (...members: EncodedAppend[]) => {
    for (const member of members) void queue.push(member).catch(() => {});
    return turnsPass();
  };
}

describe('the append queue', () => {
  it('sends a lone append at once and lets those that come meanwhile share the next group', async () => {
    const server = new SlowServer();
    const push = queueOn(server);
    await push(to('wl_1'));
    expect(server.groups).toEqual([['wl_1']]);
    await push(to('wl_2'));
    await push(to('wl_3'));
    expect(server.groups).toEqual([['wl_1']]);
    await server.answer();
    expect(server.groups).toEqual([['wl_1'], ['wl_2', 'wl_3']]);
  });

  it('lets those leave together whom one answer set free', async () => {
    const server = new SlowServer();
    const queue = new AppendQueue(server.send, 2);
    const inTurn = async (name: string) => {
      await queue.push(to(`wl_${name}1`));
      await queue.push(to(`wl_${name}2`));
    };
    for (const name of ['a', 'b', 'c']) void inTurn(name);
    await turnsPass();
    await server.answer();
    expect(server.groups).toEqual([
      ['wl_a1', 'wl_b1', 'wl_c1'],
      ['wl_a2', 'wl_b2', 'wl_c2'],
    ]);
  });

  it('never puts two writers of one stream into one group and keeps their order', async () => {
    const server = new SlowServer();
    const push = queueOn(server);
    await push(to('wl_0'));
    await push(to('wl_1'), to('wl_1', 2), to('wl_2'), to('wl_1', 3));
    for (let nr = 0; nr < 4; nr += 1) await server.answer();
    expect(server.groups).toEqual([['wl_0'], ['wl_1', 'wl_2'], ['wl_1'], ['wl_1']]);
  });

  it('lets a guard wait for an earlier writer, and a writer join an earlier guard', async () => {
    const server = new SlowServer();
    const [early, late] = [guarding('wl_1', 'host_1'), guarding('wl_2', 'host_1')];
    const push = queueOn(server);
    await push(to('wl_0'));
    await push(early, to('host_1'), late, guarding('wl_3', 'host_2'));
    for (let nr = 0; nr < 3; nr += 1) await server.answer();
    expect(server.groups).toEqual([['wl_0'], ['wl_1', 'host_1', 'wl_3'], ['wl_2']]);
  });

  it('never lets groups under way touch one stream, because either could come first', async () => {
    const server = new SlowServer();
    const push = queueOn(server, 2);
    await push(to('wl_1'));
    await push(to('wl_1'), to('wl_2'));
    expect(server.groups).toEqual([['wl_1'], ['wl_2']]);
    await server.answer();
    expect(server.groups).toEqual([['wl_1'], ['wl_2'], ['wl_1']]);
  });

  it('lets ten thousand appends to one stream hold nobody else back', async () => {
    const server = new SlowServer();
    const push = queueOn(server);
    await push(to('wl_0'));
    await push(...Array(WAITING_LIMITS.appends - 1).fill(to('wl_1')), to('wl_2'));
    await server.answer();
    expect(server.groups).toEqual([['wl_0'], ['wl_1', 'wl_2']]);
  });

  it('does not look again at those that go on waiting whenever a group leaves', async () => {
    const server = new SlowServer();
    const push = queueOn(server);
    let looks = 0;
    const watched = new Proxy(to('wl_1'), {
      get(member, property: keyof EncodedAppend) {
        looks += 1;
        return member[property];
      },
    });
    await push(...Array(WAITING_LIMITS.appends).fill(watched));
    const [looksBefore, groupsBefore] = [looks, server.groups.length];
    for (let nr = 0; nr < 10; nr += 1) await server.answer();
    expect(server.groups.length - groupsBefore).toBe(10);
    expect(looks - looksBefore).toBeLessThan(200);
  });

  it('bounds a group by members and by events', async () => {
    const server = new SlowServer();
    const many = Array.from({ length: GROUP_LIMITS.members + 1 }, (_, nr) => to(`wl_m${nr}`));
    const large = Array.from({ length: 6 }, (_, nr) => to(`wl_l${nr}`, 1_000));
    const push = queueOn(server);
    await push(to('wl_0'));
    await push(...many, ...large);
    for (let nr = 0; nr < 5; nr += 1) await server.answer();
    expect(server.groups.map(({ length }) => length)).toEqual([1, 500, 5, 2]);
  });

  it('refuses what would wait behind ten thousand others', async () => {
    const server = new SlowServer();
    const queue = new AppendQueue(server.send, 1);
    const member = to('wl_1');
    for (let nr = 0; nr < WAITING_LIMITS.appends; nr += 1) void queue.push(member);
    await expect(queue.push(member)).rejects.toBeInstanceOf(LogOverloaded);
  });

  it('refuses bytes beyond its bound until others have left, and lets any append wait alone', async () => {
    const server = new SlowServer();
    const large = to('wl_1', 100);
    const queue = new AppendQueue(server.send, 1, { appends: 10, bytes: large.byteCount - 1 });
    const underWay = queue.push(large);
    await turnsPass();
    const [alone, refused] = [queue.push(large), queue.push(to('wl_2'))];
    await expect(refused).rejects.toThrow(`1 appends of ${large.byteCount} bytes are waiting`);
    await server.answer();
    await underWay;
    const [small, later] = [queue.push(to('wl_2')), queue.push(to('wl_3'))];
    for (let nr = 0; nr < 2; nr += 1) await server.answer();
    expect(await Promise.all([alone, small, later])).toHaveLength(3);
  });

  it('tells each member its own outcome, and all of them when their group fails', async () => {
    const refused = new Error('refused');
    const queue = new AppendQueue(async ([first]) => {
      if (first?.writes[0] === 'wl_down') throw new Error('down');
      return [refused, APPENDED];
    }, 1);
    const [down] = await Promise.allSettled([queue.push(to('wl_down'))]);
    const [bad, good] = await Promise.allSettled([queue.push(to('wl_1')), queue.push(to('wl_2'))]);
    expect(down).toMatchObject({ reason: { message: 'down' } });
    expect(bad).toMatchObject({ reason: refused });
    expect(good).toMatchObject({ value: APPENDED });
  });
});
