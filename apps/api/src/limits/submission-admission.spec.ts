import { defaultQuota, prefixedId, type TenantQuota } from '@bulkhead/domain';
import { type Admission, type Admitted, AlreadyAnswered } from '@bulkhead/event-store';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { SubmissionAdmission } from './submission-admission.js';

const tenantId = prefixedId('ten', v7());
const limited: TenantQuota = { ...defaultQuota, submissionsPerMinute: 2, pendingWorkloads: 5 };

let counted: Admission[];
let freshReads: number;
let admission: SubmissionAdmission;
let log: InMemoryLog;

/** Counts a minute's submissions as Postgres does. */
async function count(asked: Admission): Promise<Admitted> {
  const most = asked.perMinute ?? Number.POSITIVE_INFINITY;
  const before = counted.length;
  if (before >= most) {
    return { refused: 'submissionsPerMinute', submissions: before, resetMs: 41_500, pending: null };
  }
  counted.push(asked);
  return {
    refused: null,
    submissions: before + 1,
    resetMs: 41_500,
    pending: asked.pendingMax === null ? null : 0,
  };
}

beforeEach(() => {
  counted = [];
  freshReads = 0;
  log = new InMemoryLog({ clock: () => 1, newEventId: v7 });
  admission = new SubmissionAdmission(log, count);
});

async function letIn(remembered: TenantQuota, fresh = remembered, key: string | null = null) {
  const idempotency =
    key === null ? null : { scope: tenantId, route: 'POST /x', key, requestSha256: 'a' };
  const stream = prefixedId('wl', v7());
  const submitted = { tenantId, stream, workloads: 1, quota: remembered, idempotency };
  const told = await admission.letIn(submitted, async () => {
    freshReads += 1;
    return fresh;
  });
  return told?.headers ?? null;
}

describe('a submission that asks to be let in', () => {
  it('is not counted where its tenant has no such limit', async () => {
    expect(await letIn(defaultQuota)).toBeNull();
    expect([counted, freshReads]).toEqual([[], 0]);
  });

  it('is told what is left, and costs no look at the quota', async () => {
    expect(await letIn(limited)).toEqual({
      'ratelimit-policy': '2;w=60',
      'ratelimit-limit': '2',
      'ratelimit-remaining': '1',
      'ratelimit-reset': '42',
    });
    expect(counted).toMatchObject([{ tenantId, workloads: 1, perMinute: 2, pendingMax: 5 }]);
    expect(freshReads).toBe(0);
    expect(await letIn({ ...limited, submissionsPerMinute: null })).toEqual({});
  });

  it('is refused by the quota as it is now, never by one that was only remembered', async () => {
    await letIn(limited);
    await letIn(limited);
    const tooMany = { facts: { status: 429, headers: { 'retry-after': '42' } } };
    await expect(letIn(limited)).rejects.toMatchObject(tooMany);
    expect(freshReads).toBe(1);
    expect(await letIn(limited, { ...limited, submissionsPerMinute: 9 })).toMatchObject({
      'ratelimit-remaining': '6',
    });
    expect(await letIn(limited, defaultQuota)).toBeNull();
    expect(counted).toHaveLength(3);
  });

  it('is none where the same was answered before', async () => {
    const event = { type: 'WorkloadCancelRequested', schemaVersion: 1, occurredAtMs: 1 } as const;
    const events = [{ ...event, payload: { reason: null } }];
    const answer = { scope: tenantId, route: 'POST /x', key: 'k', requestSha256: 'a' };
    const actor = { kind: 'system', id: 'test' } as const;
    await log.append({
      streams: [{ owner: tenantId, stream: prefixedId('wl', v7()), expectedVersion: 0, events }],
      idempotentAnswer: { ...answer, status: 202, body: {} },
      metadata: { actor, correlationId: 'test', causationPosition: null },
    });
    await expect(letIn(limited, limited, 'k')).rejects.toThrow(AlreadyAnswered);
    expect(counted).toEqual([]);
  });
});

describe('a submission whose quota changes between its count and its append', () => {
  const submitted = (quota: TenantQuota) => {
    const stream = prefixedId('wl', v7());
    return { tenantId, stream, workloads: 2, quota, idempotency: null };
  };
  /** Decided once under `before`, and again under `after` as the append wants it. */
  async function decideTwice(before: TenantQuota, after: TenantQuota) {
    const first = submitted(before);
    const one = await admission.letIn(first, async () => before);
    return admission.letIn({ ...first, quota: after }, async () => after, one);
  }
  const anyway = { ...limited, submissionsPerMinute: 9 };

  it('obeys the new limit, and is counted once', async () => {
    const raised = await decideTwice(limited, anyway);
    expect(raised?.headers).toMatchObject({ 'ratelimit-remaining': '8' });
    expect(counted).toHaveLength(1);
    const tooMany = { facts: { status: 429, extensions: { limit: 1 } } };
    const lowered = { ...limited, submissionsPerMinute: 1 };
    await expect(decideTwice(anyway, lowered)).rejects.toMatchObject(tooMany);
    expect(counted).toHaveLength(2);
    expect(await decideTwice(anyway, defaultQuota)).toBeNull();
  });

  it('obeys a new bound on what waits, also where there was none before', async () => {
    const quotaExceeded = { facts: { status: 422, extensions: { limit: 1, use: 0, asked: 2 } } };
    const narrow = { ...anyway, pendingWorkloads: 1 };
    await expect(decideTwice(anyway, narrow)).rejects.toMatchObject(quotaExceeded);
    expect(counted).toHaveLength(1);
    const later = await decideTwice({ ...anyway, pendingWorkloads: null }, anyway);
    expect(counted.slice(1)).toMatchObject([
      { perMinute: 9, pendingMax: null },
      { perMinute: null, pendingMax: 5 },
    ]);
    expect(later?.headers).toMatchObject({ 'ratelimit-remaining': '7' });
  });
});

describe('a submission of a tenant that may submit nothing', () => {
  it('is refused for good, and is not told to try again', async () => {
    const none = { ...defaultQuota, submissionsPerMinute: 0 };
    const facts = {
      status: 422,
      code: 'QUOTA_EXCEEDED',
      extensions: { limit: 0, use: 0, asked: 1 },
    };
    const refused = await letIn(none).catch((problem) => problem);
    expect(refused).toMatchObject({ facts });
    expect(refused.facts.headers).toBeUndefined();
  });
});
