import { randomBytes } from 'node:crypto';
import type { StreamId } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { RequestProblem } from '../problems/problem.js';
import { StreamIds, versionAfter } from './stream-ids.js';

const ids = new StreamIds(randomBytes(32), randomBytes);
const [mine, other] = ['bat_1', 'bat_2'] as unknown as [StreamId, StreamId];

describe('the id of a message', () => {
  it('leads back to its place, differs every time, and has one length', () => {
    const sealed = [1, 1, 4_000_000].map((place) => ids.seal(mine, place));
    expect(sealed.map((id) => ids.open(mine, id))).toEqual([1, 1, 4_000_000]);
    expect(new Set(sealed).size).toBe(3);
    expect(new Set(sealed.map(({ length }) => length)).size).toBe(1);
  });

  it('is refused where it is of another stream, was changed, or sent twice', () => {
    const id = ids.seal(mine, 7);
    // An id may end with anything by chance, so what is written there is chosen to differ.
    const changed = `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`;
    for (const wrong of [changed, '7', [id, id]]) {
      expect(() => ids.open(mine, wrong)).toThrow(RequestProblem);
    }
    expect(() => ids.open(other, id)).toThrow(RequestProblem);
  });

  it('may be left out or empty, which means the beginning', () => {
    expect([ids.open(mine, undefined), ids.open(mine, ''), versionAfter('', 3)]).toEqual([0, 0, 0]);
  });

  it('is a version that the stream has reached, where ids are versions', () => {
    expect([versionAfter('3', 3), versionAfter('0', 3)]).toEqual([3, 0]);
    for (const wrong of ['4', '-1', '1e2', '0x1', ' 1', ['1', '2']]) {
      expect(() => versionAfter(wrong, 3)).toThrow(RequestProblem);
    }
  });
});
