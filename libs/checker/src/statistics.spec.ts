import { describe, expect, it } from 'vitest';
import { cleanStory } from '../../../test/domain/clean-story.js';
import { checkLog } from './check-log.js';

describe('what a report counts', () => {
  it('tells outcomes, walls, reasons, shared kernels and start times of a day', async () => {
    const { world, tenants } = cleanStory();
    const { statistics } = await checkLog({ events: world.log.events });
    expect(statistics.workloadsSubmitted).toBe(7);
    expect(statistics.workloadsByOutcome).toEqual({ succeeded: 6, rejected: 1 });
    expect(statistics.isolationMix).toEqual({ process: 4, hyperv: 2, refused: 1 });
    expect(statistics.reasons['tenant-hostile']).toBe(2);
    expect(statistics.reasons['kernel-unavailable']).toBe(1);
    expect(statistics.sharedKernels).toHaveLength(1);
    expect(statistics.sharedKernels[0]).toMatchObject({ trustBoundary: 'group:red' });
    expect(new Set(statistics.sharedKernels[0]?.tenants)).toEqual(
      new Set([tenants.ann, tenants.ben]),
    );
    expect(statistics.startTimes).toEqual([
      { path: 'silo', count: 5, medianMs: 100, p95Ms: 100, maxMs: 100 },
      { path: 'cold', count: 2, medianMs: 100, p95Ms: 100, maxMs: 100 },
    ]);
  });

  it('counts what is still open as open', async () => {
    const { world } = cleanStory();
    const first = world.log.events.findIndex(({ event }) => event.type === 'WorkloadPlaced');
    const { statistics } = await checkLog({ events: world.log.events.slice(0, first) });
    expect(statistics.workloadsByOutcome).toEqual({ open: 1 });
    expect(statistics.isolationMix).toEqual({ process: 1 });
  });
});
