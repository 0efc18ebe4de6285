import { describe, expect, it } from 'vitest';
import type { ApiClient } from '../http/api-client.js';
import { ApiUnavailable, RequestRefused } from '../http/problem.js';
import type { SwfJob } from '../swf/swf-job.js';
import { type Submission, submitJobs } from './submit-jobs.js';
import { registerTenant } from './tenant-access.js';

const jobs = (count: number): SwfJob[] =>
  Array.from({ length: count }, (_, index) => ({
    line: index + 10,
    jobNumber: 1,
    submitSeconds: 100 + index * 50,
    runSeconds: 10,
    allocatedProcessors: 1,
    requestedProcessors: null,
    requestedSeconds: null,
    user: index % 2,
    group: 1,
    application: 1,
  }));

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const refusal = (code: string, body: object = {}) =>
  new RequestRefused('POST', '/v1/workloads', {
    status: 422,
    code,
    title: '',
    detail: 'because',
    errors: [],
    body,
  });

type Post = (path: string, body: unknown, key: string) => Promise<unknown>;
const clientOf = (post: Post) => ({ post, get: post }) as unknown as ApiClient;

function submission(post: Post, some: Partial<Submission> = {}): Submission {
  let now = 0;
  return {
    jobs: each(jobs(4)),
    clientOf: (user) => clientOf((path, body, key) => post(`${user} ${path}`, body, key)),
    mapping: { perProcessor: { cpuMillis: 1_000, memoryMiB: 64 }, speed: 10, imageOf: () => 'i' },
    runId: 'run',
    concurrency: 3,
    gapsFromSeconds: null,
    isOver: () => false,
    nowMs: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    progress: () => undefined,
    ...some,
  };
}

describe('submitting the jobs of a log', () => {
  it("sends each as its own user's tenant, under a key of its line", async () => {
    const sent: string[] = [];
    const result = await submitJobs(
      submission(async (path, _, key) => sent.push(`${path} ${key}`)),
    );
    expect(result).toEqual({ accepted: 4, rejected: 0, turnedDown: 0, problems: [] });
    expect(sent.sort()).toEqual([
      '0 /v1/workloads run-line-10',
      '0 /v1/workloads run-line-12',
      '1 /v1/workloads run-line-11',
      '1 /v1/workloads run-line-13',
    ]);
  });

  it('has no more requests open than allowed', async () => {
    let open = 0;
    let most = 0;
    const post = async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
    };
    await submitJobs(submission(post, { jobs: each(jobs(40)), concurrency: 5 }));
    expect(most).toBe(5);
  });

  it('waits with the next ones while a tenant has as much open as it may have', async () => {
    let open = 0;
    let most = 0;
    const post = async () => {
      if (open >= 2) throw refusal('QUOTA_EXCEEDED', { quota: 'openWorkloads' });
      open += 1;
      most = Math.max(most, open);
    };
    // With time, what was accepted ends.
    const sleep = async () => {
      open = Math.max(0, open - 1);
    };
    const log = { jobs: each(jobs(9)), sleep };
    const result = await submitJobs(submission(post, log));
    expect(result).toMatchObject({ accepted: 9, turnedDown: 0 });
    expect(most).toBe(2);
  });

  it('turns down at once what a quota of its tenant has no room for', async () => {
    let tries = 0;
    const quota = async () => {
      tries += 1;
      throw refusal('QUOTA_EXCEEDED', { quota: 'pendingWorkloads' });
    };
    const result = await submitJobs(submission(quota, { jobs: each(jobs(2)) }));
    expect([result.turnedDown, tries]).toEqual([2, 2]);
  });

  it('waits an hour for a tenant that has no room, and not an hour for each of its jobs', async () => {
    let now = 0;
    const full = async (path: string) => {
      if (path.startsWith('0')) throw refusal('QUOTA_EXCEEDED', { quota: 'openWorkloads' });
    };
    const sleep = async (ms: number) => {
      now += ms;
    };
    const log = { jobs: each(jobs(40)), concurrency: 1, nowMs: () => now, sleep };
    const result = await submitJobs(submission(full, log));
    expect(result).toMatchObject({ accepted: 20, turnedDown: 20 });
    expect(now).toBe(3_600_000);
  });

  it('waits for a tenant again once it has had room', async () => {
    let now = 0;
    const sentAtMs: number[] = [];
    const roomAtMs = [1_000_000, 4_500_000, 8_000_000];
    const post = async () => {
      if (now < (roomAtMs[0] ?? 0)) throw refusal('QUOTA_EXCEEDED', { quota: 'openWorkloads' });
      roomAtMs.shift();
      sentAtMs.push(now);
    };
    const sleep = async (ms: number) => {
      now += ms;
    };
    const users = jobs(3).map((job) => ({ ...job, user: 0 }));
    const log = { jobs: each(users), concurrency: 1, nowMs: () => now, sleep };
    expect(await submitJobs(submission(post, log))).toMatchObject({ accepted: 3, turnedDown: 0 });
    expect(sentAtMs).toEqual([1_000_000, 4_500_000, 8_000_000]);
  });

  it('counts recorded refusals and those without a record, and says why', async () => {
    const codes = ['UNPLACEABLE', 'ISOLATION_REFUSED', 'VALIDATION_FAILED'];
    const result = await submitJobs(
      submission(
        async () => {
          const code = codes.shift();
          if (code !== undefined) throw refusal(code);
        },
        { concurrency: 1 },
      ),
    );
    expect(result).toMatchObject({ accepted: 1, rejected: 2, turnedDown: 1 });
    expect(result.problems).toEqual(['line 12: VALIDATION_FAILED (422): because']);
  });

  it('ends when the api stays away, with nothing left open', async () => {
    let sent = 0;
    const away = submitJobs(
      submission(
        async () => {
          sent += 1;
          throw new ApiUnavailable('away', '/v1/workloads');
        },
        { jobs: each(jobs(500)) },
      ),
    );
    await expect(away).rejects.toThrow('away');
    expect(sent).toBeLessThanOrEqual(3);
  });

  it('keeps the gaps of the log, divided by the speed', async () => {
    const sentAtMs: number[] = [];
    let now = 0;
    await submitJobs(
      submission(async () => sentAtMs.push(now), {
        gapsFromSeconds: 100,
        concurrency: 1,
        nowMs: () => now,
        sleep: async (ms) => {
          now += ms;
        },
      }),
    );
    expect(sentAtMs).toEqual([0, 5_000, 10_000, 15_000]);
  });

  it('does not wait for a late job once the import is over', async () => {
    let isOver = false;
    let now = 0;
    const result = await submitJobs(
      submission(async () => undefined, {
        gapsFromSeconds: -1_000_000,
        nowMs: () => now,
        isOver: () => isOver,
        sleep: async (ms) => {
          now += ms;
          isOver = true;
        },
      }),
    );
    expect(result.accepted).toBe(0);
    expect(now).toBeLessThan(10_000);
  });
});

describe('registering a tenant', () => {
  it('issues another credential where the answer with the secret was lost', async () => {
    const conflict = new RequestRefused('POST', '', {
      ...refusal('CONFLICT').problem,
      status: 409,
    });
    const answers: unknown[] = [
      { body: { id: 'ten_1' } },
      conflict,
      { body: { clientId: 'cred_2', clientSecret: 's' } },
    ];
    const keys: string[] = [];
    const bodies: unknown[] = [];
    const operator = clientOf(async (_, body, key) => {
      keys.push(key);
      bodies.push(body);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    });
    const planned = {
      user: 3,
      name: 'user-3',
      trust: 'trusted',
      boundaryGroup: 'group-2',
    } as const;
    const tenant = await registerTenant(operator, 'run', planned);
    expect(tenant).toMatchObject({ id: 'ten_1', credential: { clientId: 'cred_2' } });
    expect(bodies[0]).toEqual({ name: 'user-3', trust: 'trusted', boundary: 'group-2' });
    expect(new Set(keys).size).toBe(3);
  });
});
