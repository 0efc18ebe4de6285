import { BrokenInvariant } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { idOf } from '../../../../test/domain/builders.js';
import type { OpenBatch } from './batch-book.js';
import { BatchRests, REST_MS } from './batch-rests.js';

const open: OpenBatch = {
  ...{ batchId: idOf('bat', 1), tenantId: idOf('ten', 1), correlationId: 'asked for as 7' },
  ...{ submittedPosition: 1, version: 1, cancellation: null },
  ...{ created: new Set(), ended: new Set(), unreported: new Map() },
} as never;
const fails = () => Promise.reject(new Error('the disk is full'));

let nowMs: number;
let lines: [string, unknown][];
let rests: BatchRests;

beforeEach(() => {
  nowMs = 0;
  lines = [];
  const to = (level: string) => (line: unknown) => void lines.push([level, line]);
  rests = new BatchRests(() => nowMs, { warn: to('warn'), error: to('error') } as never);
});

/** How long it rests after so many failures. */
async function restAfter(failures: number): Promise<number> {
  for (let nr = 0; nr < failures; nr += 1) {
    nowMs += REST_MS.longest;
    await rests.attempt(open, 'report', fails);
  }
  const failedAtMs = nowMs;
  while (rests.isResting(open, 'report')) nowMs += 1;
  return nowMs - failedAtMs;
}

describe('what failed for a batch', () => {
  it('is tried again after a pause that doubles up to a bound, and begins anew once it was done', async () => {
    expect(await restAfter(1)).toBe(REST_MS.first);
    expect(await restAfter(1)).toBe(2 * REST_MS.first);
    expect(await restAfter(20)).toBe(REST_MS.longest);
    expect(await rests.attempt(open, 'report', async () => true)).toBe(true);
    expect(await restAfter(1)).toBe(REST_MS.first);
  });

  it('is not tried meanwhile, while other work for the same batch goes on', async () => {
    await rests.attempt(open, 'create', fails);
    let tries = 0;
    const counted = async () => {
      tries += 1;
      return true;
    };
    expect(await rests.attempt(open, 'create', counted)).toBe(false);
    expect(await rests.attempt(open, 'cancel', counted)).toBe(true);
    expect(tries).toBe(1);
  });

  it('is told with batch, tenant and correlation id, and at level error where the batch contradicts itself', async () => {
    await rests.attempt(open, 'terms', fails);
    await rests.attempt(open, 'report', () => Promise.reject(new BrokenInvariant('odd')));
    const { batchId: batch, tenantId: tenant, correlationId } = open;
    expect(lines).toMatchObject([
      ['warn', { batch, tenant, correlationId, work: 'terms', error: 'Error: the disk is full' }],
      ['error', { batch, tenant, correlationId, work: 'report' }],
    ]);
  });
});
