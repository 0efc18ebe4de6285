import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { play, randomActs } from '../../../test/domain/random-history.js';
import { checkLog } from './check-log.js';

describe('the checker over random legal histories', () => {
  it('finds nothing in whatever the real deciders and the real placement wrote', async () => {
    let placed = 0;
    let shared = 0;
    let windows = 0;
    await fc.assert(
      fc.asyncProperty(randomActs, async (acts) => {
        const world = play(acts);
        const report = await checkLog({ events: world.log.events, journals: world.journals() });
        expect(report.violations).toEqual([]);
        placed += report.statistics.eventsByType['WorkloadPlaced'] ?? 0;
        shared += report.statistics.sharedKernels.length;
        windows += report.windowsTotal;
      }),
      { numRuns: 200, seed: 20_261_121 },
    );
    // The histories must be about something, or their silence would prove nothing.
    expect(placed).toBeGreaterThan(500);
    expect(shared).toBeGreaterThan(10);
    expect(windows).toBeGreaterThan(10);
  });
});
