import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutated } from '../../mutations/mutation.js';
import { bugs } from './bugs.js';
import { foundBy } from './planted-system.js';

const root = join(import.meta.dirname, '../../..');

describe('a whole system that', () => {
  it.each(bugs.map(({ bug, edits }) => [bug, edits] as const))(
    '%s can still be made from the source',
    (_bug, edits) => {
      const sources = new Map<string, string>();
      for (const edit of edits) {
        const source = sources.get(edit.file) ?? readFileSync(join(root, edit.file), 'utf8');
        sources.set(edit.file, mutated(source, edit));
        expect(sources.get(edit.file)).not.toBe(source);
      }
    },
  );
});

describe('worlds that were played until patience ran out', () => {
  const played = (seeds: number, seconds: number) =>
    `${JSON.stringify({ seed: null, failure: null, seeds, seconds })}\n`;

  it('have found nothing where the last of them had just ended', () => {
    const found = foundBy(played(1, 1) + played(2, 1_790), 1_800);
    expect(found).toMatchObject({ failure: null, seeds: 2 });
  });

  it('have found something where one has run for ever, be it the first', () => {
    const stuck = { failure: 'a world did not end', seconds: 1_800 };
    expect(foundBy(played(1, 1), 1_800)).toMatchObject({ ...stuck, seeds: 1 });
    expect(foundBy('', 1_800)).toMatchObject({ ...stuck, seeds: 0 });
  });
});
