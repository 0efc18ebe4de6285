import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlteredContent } from './altered-content.js';
import {
  AlreadyAnswered,
  ANSWER_KEPT_MS,
  type ContentRow,
  type IdempotentAnswer,
  InvalidAppend,
  VersionConflict,
} from './event-log.js';
import type { LogUnderTest, OpenLog } from './log-under-test.contract.js';
import { append, TENANT_A, TENANT_B, write } from './samples.contract.js';

const ANSWER: IdempotentAnswer = {
  scope: TENANT_A,
  route: 'POST /v1/workloads',
  key: 'key-1',
  requestSha256: 'ab'.repeat(32),
  status: 202,
  body: { id: 'wl_1', text: 'q"uo\\te' },
};

function contentOf(stream: ContentRow['stream'], part = 0): ContentRow {
  return { tenant: TENANT_A, stream, part, saltHex: '00'.repeat(32), body: { command: ['run'] } };
}

/** Answers and contents: what is recorded in the append's own transaction. */
export function idempotencyContract(open: OpenLog): void {
  let under: LogUnderTest;
  beforeEach(async () => {
    under = await open();
  });
  afterEach(() => under.close());

  describe('idempotency', () => {
    it('answers a repeated key with the first answer and records nothing again', async () => {
      const first = { ...append(write('wl_1', 0)), idempotentAnswer: ANSWER };
      await under.log.append(first);
      const other = { ...ANSWER, status: 500, body: 'other', requestSha256: 'cd'.repeat(32) };
      const again = under.log.append({ ...append(write('wl_2', 0)), idempotentAnswer: other });
      await expect(again).rejects.toMatchObject({ name: 'AlreadyAnswered', earlier: ANSWER });
      await expect(under.log.append(first)).rejects.toBeInstanceOf(AlreadyAnswered);
      expect(await under.log.head()).toBe(1);
      expect(await under.log.findAnswer(TENANT_A, ANSWER.route, ANSWER.key)).toEqual(ANSWER);
    });

    it('lets exactly one of many concurrent requests with one key in', async () => {
      const tries = Array.from({ length: 40 }, (_, nr) =>
        under.log.append({
          ...append(write(`wl_${nr}`, 0)),
          idempotentAnswer: { ...ANSWER, body: nr },
        }),
      );
      const settled = await Promise.allSettled(tries);
      const winner = settled.findIndex(({ status }) => status === 'fulfilled');
      const others = settled.filter((_, nr) => nr !== winner);
      expect(others).toHaveLength(39);
      for (const other of others) {
        expect(other).toMatchObject({ reason: { earlier: { body: winner } } });
      }
      expect(await under.log.head()).toBe(1);
    });

    it('keeps the keys of another scope or route apart', async () => {
      await under.log.append({ ...append(write('wl_1', 0)), idempotentAnswer: ANSWER });
      const theirs = { ...ANSWER, scope: TENANT_B };
      const others = write('wl_2', 0, ['b'], TENANT_B);
      await under.log.append({ ...append(others), idempotentAnswer: theirs });
      const elsewhere = { ...ANSWER, route: 'POST /v1/batches' };
      await under.log.append({ ...append(write('wl_3', 0)), idempotentAnswer: elsewhere });
      expect(await under.log.findAnswer(TENANT_B, ANSWER.route, 'key-2')).toBeNull();
      expect(await under.log.head()).toBe(3);
    });

    it('keeps an answer under a tenant’s id only where that tenant’s stream is written', async () => {
      const theirs = { ...ANSWER, scope: TENANT_B };
      for (const owner of [TENANT_A, null]) {
        const stray = append(write('wl_1', 0, ['a reason'], owner));
        const refused = under.log.append({ ...stray, idempotentAnswer: theirs });
        await expect(refused).rejects.toThrow(InvalidAppend);
        await expect(refused).rejects.toThrow(`the answer is scoped to ${TENANT_B}`);
      }
      expect(await under.log.head()).toBe(0);
      expect(await under.log.findAnswer(TENANT_B, ANSWER.route, ANSWER.key)).toBeNull();
    });

    it('keeps an answer under a role, whoever owns what is written', async () => {
      const byOperator = { ...ANSWER, scope: 'operator' };
      await under.log.append({ ...append(write('ten_a', 0)), idempotentAnswer: byOperator });
      const again = { ...byOperator, key: 'key-2' };
      const platform = append(write('host_1', 0, ['registered'], null));
      await under.log.append({ ...platform, idempotentAnswer: again });
      expect(await under.log.findAnswer('operator', ANSWER.route, ANSWER.key)).toEqual(byOperator);
      expect(await under.log.findAnswer('operator', ANSWER.route, 'key-2')).toEqual(again);
    });

    it('forgets a key after 24 hours and then takes a new answer for it', async () => {
      await under.log.append({ ...append(write('wl_1', 0)), idempotentAnswer: ANSWER });
      await under.passTime(ANSWER_KEPT_MS - 60_000);
      expect(await under.log.findAnswer(TENANT_A, ANSWER.route, ANSWER.key)).toEqual(ANSWER);
      await under.passTime(120_000);
      expect(await under.log.findAnswer(TENANT_A, ANSWER.route, ANSWER.key)).toBeNull();

      const renewed = { ...ANSWER, body: 'renewed' };
      await under.log.append({ ...append(write('wl_2', 0)), idempotentAnswer: renewed });
      expect(await under.log.findAnswer(TENANT_A, ANSWER.route, ANSWER.key)).toEqual(renewed);
    });

    it('keeps neither the answer nor the content of an append that met a conflict', async () => {
      await under.log.append(append(write('wl_1', 0)));
      const stale = {
        ...append(write('wl_1', 0), write('wl_2', 0)),
        contents: [contentOf('wl_2')],
        idempotentAnswer: ANSWER,
      };
      await expect(under.log.append(stale)).rejects.toBeInstanceOf(VersionConflict);
      expect(await under.log.findAnswer(TENANT_A, ANSWER.route, ANSWER.key)).toBeNull();
      expect(await under.log.readContent(TENANT_A, 'wl_2')).toBeNull();
    });
  });

  describe('content', () => {
    it('is kept beside the log and given to its tenant only', async () => {
      const contents = [contentOf('wl_1'), { ...contentOf('wl_1', 7), body: null }];
      await under.log.append({ ...append(write('wl_1', 0)), contents });
      expect(await under.log.readContent(TENANT_A, 'wl_1')).toEqual({ command: ['run'] });
      expect(await under.log.readContent(TENANT_A, 'wl_1', 7)).toBeNull();
      expect(await under.log.readContent(TENANT_A, 'wl_1', 1)).toBeNull();
      expect(await under.log.readContent(TENANT_B, 'wl_1')).toBeNull();
    });

    it('is read for many streams at once, in the order asked for, and only by its tenant', async () => {
      const contents = [contentOf('wl_1'), { ...contentOf('wl_1', 7), body: 'seven' }];
      await under.log.append({ ...append(write('wl_1', 0)), contents });
      const parts = [7, 3, 0].map((part) => ({ stream: 'wl_1' as const, part }));
      const found = await under.log.readContents(TENANT_A, [...parts, { stream: 'wl_2', part: 0 }]);
      expect(found).toEqual(['seven', null, { command: ['run'] }, null]);
      expect(await under.log.readContents(TENANT_B, parts)).toEqual([null, null, null]);
      expect(await under.log.readContents(TENANT_A, [])).toEqual([]);
    });

    it('is refused to whoever says that it was another one', async () => {
      await under.log.append({ ...append(write('wl_1', 0)), contents: [contentOf('wl_1')] });
      const other = under.log.readContent(TENANT_A, 'wl_1', 0, 'f'.repeat(64));
      await expect(other).rejects.toBeInstanceOf(AlteredContent);
    });

    it('belongs to the stream that it is written with, where an append has many', async () => {
      const theirs = { ...contentOf('wl_2', 3), tenant: TENANT_B, body: 'theirs' };
      await Promise.all([
        under.log.append(append(write('wl_0', 0), write('wl_00', 0))),
        under.log.append({
          ...append(write('wl_1', 0), write('wl_2', 0, ['b'], TENANT_B)),
          contents: [theirs, contentOf('wl_1')],
        }),
      ]);
      expect(await under.log.readContent(TENANT_B, 'wl_2', 3)).toBe('theirs');
      expect(await under.log.readContent(TENANT_A, 'wl_1')).toEqual({ command: ['run'] });
      expect(await under.log.readContent(TENANT_A, 'wl_2', 3)).toBeNull();
    });

    it.each([
      ['is written by somebody else', write('wl_2', 0)],
      ['belongs to another tenant', write('wl_1', 0, ['b'], TENANT_B)],
      ['belongs to the platform', write('wl_1', 0, ['platform'], null)],
    ])('is refused for a stream that %s, and nothing is recorded', async (_, written) => {
      await under.log.append(append(write('wl_0', 0)));
      const refused = under.log.append({ ...append(written), contents: [contentOf('wl_1')] });
      await expect(refused).rejects.toThrow(InvalidAppend);
      await expect(refused).rejects.toThrow('content of wl_1');
      expect(await under.log.head()).toBe(1);
      for (const tenant of [TENANT_A, TENANT_B]) {
        expect(await under.log.readContent(tenant, 'wl_1')).toBeNull();
      }
    });

    it('is refused where it exists already or comes without its event, others unharmed', async () => {
      await under.log.append({ ...append(write('wl_1', 0)), contents: [contentOf('wl_1')] });
      const twice = { ...append(write('wl_1', 1)), contents: [contentOf('wl_1')] };
      const alone = { ...append(write('wl_3', 0)), contents: [contentOf('wl_4')] };
      const outcomes = await Promise.allSettled([
        under.log.append(append(write('wl_0', 0))),
        under.log.append(append(write('wl_5', 0))),
        under.log.append(twice),
        under.log.append(alone),
        under.log.append(append(write('wl_2', 0))),
      ]);
      const [, , second, stray] = outcomes;
      expect(second).toMatchObject({ reason: expect.any(InvalidAppend) });
      expect(stray).toMatchObject({ reason: expect.any(InvalidAppend) });
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      expect(await under.log.head()).toBe(4);
    });
  });
}
