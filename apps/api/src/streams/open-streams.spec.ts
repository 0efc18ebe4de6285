import type { CredentialId, TenantId } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import type { TenantCaller } from '../auth/caller.js';
import { RecordedPosition } from '../consistency/recorded-position.js';
import type { RequestProblem } from '../problems/problem.js';
import { ManualTimers } from './manual-timers.contract.js';
import { ACCESS_CHECKED_EVERY_MS, OpenStreams } from './open-streams.js';

const callerOf = (tenant: number, expiresAtMs = 1e9): TenantCaller => ({
  role: 'tenant',
  credentialId: `cred_${tenant}` as CredentialId,
  tenantId: `ten_${tenant}` as TenantId,
  scopes: ['workloads:read'],
  expiresAtMs,
  correlationId: 'test',
  recorded: new RecordedPosition(),
});
const quiet = async () =>
  async function* (signal: AbortSignal) {
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    yield { data: null };
  };

function streams(most = { all: 3, ofOneTenant: 2 }) {
  const timers = new ManualTimers();
  const revoked = new Set<string>();
  const open = new OpenStreams({
    credentials: {
      isLive: async (id) => {
        if (revoked.has('all')) throw new Error('the log cannot be read');
        return !revoked.has(id);
      },
    },
    ...{ clock: () => timers.nowMs, timers, warn: () => {}, most },
  });
  return { open, timers, revoked };
}

const refusal = async (opening: Promise<unknown>) => {
  const error = await opening.then(
    () => null,
    (problem: RequestProblem) => problem,
  );
  return error === null ? null : [error.facts.status, error.facts.code, error.facts.headers];
};

describe('open streams', () => {
  it('are bounded for a tenant and for the process, and make room when they close', async () => {
    const { open } = streams();
    const first = await open.open(callerOf(1), quiet);
    await open.open(callerOf(1), quiet);
    const soon = { 'retry-after': '5' };
    expect(await refusal(open.open(callerOf(1), quiet))).toEqual([429, 'TOO_MANY_STREAMS', soon]);
    await open.open(callerOf(2), quiet);
    expect(await refusal(open.open(callerOf(2), quiet))).toEqual([503, 'OVERLOADED', soon]);
    const closed = new Promise((resolve) => first.once('close', resolve));
    first.destroy();
    await closed;
    expect(await refusal(open.open(callerOf(2), quiet))).toBeNull();
  });

  it('keep no place for a request that was refused', async () => {
    const { open } = streams({ all: 1, ofOneTenant: 1 });
    const missing = async () => {
      throw new Error('there is no such workload');
    };
    await expect(open.open(callerOf(1), missing)).rejects.toThrow('no such workload');
    expect(await refusal(open.open(callerOf(1), quiet))).toBeNull();
  });

  it('end with their token, and with their credential, but not because the log cannot be asked', async () => {
    const { open, timers, revoked } = streams();
    const short = await open.open(callerOf(1, 10_000), quiet);
    const long = await open.open(callerOf(2), quiet);
    for (const stream of [short, long]) stream.resume();
    await timers.pass(10_000);
    revoked.add('all');
    await timers.pass(2 * ACCESS_CHECKED_EVERY_MS);
    expect([short.destroyed, long.destroyed]).toEqual([true, false]);
    revoked.delete('all');
    revoked.add('cred_2');
    await timers.pass(2 * ACCESS_CHECKED_EVERY_MS);
    expect(long.destroyed).toBe(true);
  });

  it('are all closed when the process stops, and none is opened any more', async () => {
    const { open, timers } = streams();
    const stream = await open.open(callerOf(1), quiet);
    stream.resume();
    const stopped = open.stop();
    await timers.pass(0);
    await stopped;
    expect(stream.destroyed).toBe(true);
    expect((await refusal(open.open(callerOf(1), quiet)))?.[1]).toBe('STOPPING');
  });
});
