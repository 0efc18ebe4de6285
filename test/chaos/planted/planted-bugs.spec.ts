import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutated } from '../../mutations/mutation.js';
import { plantedBugs } from './bugs.js';

const root = join(import.meta.dirname, '../../..');

describe('an installation that', () => {
  it.each(plantedBugs.map(({ mutation }) => [mutation.bug, mutation.edits] as const))(
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
