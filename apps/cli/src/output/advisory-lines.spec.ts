import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { advisoryLines, type ShownAdvisory } from './advisory-lines.js';

const plain = pc.createColors(false);
const shown: ShownAdvisory = {
  id: 'adv_1',
  title: 'a way out of a silo',
  reference: 'CVE-2026-70270',
  wall: 'shared-kernel',
  builds: [
    { build: 20348, fixedRevision: 2700 },
    { build: 17763, fixedRevision: null },
  ],
  status: 'open',
  window: { from: '2026-10-14T00:00:00.000Z', until: null },
  withdrawal: null,
};

describe('advisories for a person', () => {
  it('say what is broken where, and since when', () => {
    expect(advisoryLines([shown], plain)).toEqual([
      'adv_1  CVE-2026-70270  a way out of a silo',
      '  open; breaks shared-kernel of build 20348 below revision 2700, 17763; from 2026-10-14T00:00:00.000Z',
    ]);
  });

  it('say why one was withdrawn, and when one ends by itself', () => {
    const withdrawal = { at: '2026-11-01T00:00:00.000Z', reason: 'patched' };
    const window = { ...shown.window, until: '2026-12-01T00:00:00.000Z' };
    const [, line] = advisoryLines([{ ...shown, status: 'withdrawn', withdrawal, window }], plain);
    expect(line).toMatch(/^ {2}withdrawn 2026-11-01T00:00:00.000Z: patched; .* until 2026-12-01/);
  });

  it('say so where there are none', () => {
    expect(advisoryLines([], plain)).toEqual(['no advisory was published']);
  });
});
