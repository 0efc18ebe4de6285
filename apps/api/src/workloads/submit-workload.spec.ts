import { randomBytes } from 'node:crypto';
import {
  defaultQuota,
  hostDecider,
  prefixedId,
  type TenantCommand,
  type TenantId,
  type TrustLevel,
  tenantDecider,
  type WorkloadId,
} from '@bulkhead/domain';
import { type EventLog, executeCommand } from '@bulkhead/event-store';
import { InMemoryLog, unboundedWork } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TenantCaller } from '../auth/caller.js';
import { FleetShapes } from '../catalogue/fleet-shapes.js';
import { RecordedPosition } from '../consistency/recorded-position.js';
import { SubmissionAdmission } from '../limits/submission-admission.js';
import { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { seed } from '../seed/seed.js';
import { Submission } from './submission.schema.js';
import { SubmissionFactsReader } from './submission-facts.js';
import { SubmitWorkload, SubmitWorkloadHandler } from './submit-workload.handler.js';
import type { WorkloadView } from './workload-view.js';

const tenantId: TenantId = prefixedId('ten', v7());
const caller: TenantCaller = {
  role: 'tenant',
  credentialId: prefixedId('cred', v7()),
  tenantId,
  scopes: ['workloads:write'],
  correlationId: 'test',
  expiresAtMs: Number.POSITIVE_INFINITY,
  recorded: new RecordedPosition(),
};
const metadata = {
  actor: { kind: 'operator', id: 'test' },
  correlationId: 'test',
  causationPosition: null,
} as const;

let nowMs: number;
let log: InMemoryLog;
let asked: string[];
let handler: SubmitWorkloadHandler;

/** The log in memory, noting what it is asked: each call is a round trip. */
function noting(inner: InMemoryLog): EventLog {
  const note = <T>(name: string, answer: Promise<T>): Promise<T> => {
    asked.push(name);
    return answer;
  };
  return {
    append: (append) => note('append', inner.append(append)),
    readStream: (...args) => note('readStream', inner.readStream(...args)),
    readState: (...args) => note('readState', inner.readState(...args)),
    readPlatform: (options) => note('readPlatform', inner.readPlatform(options)),
    readContent: (...args) => note('readContent', inner.readContent(...args)),
    readContents: (...args) => note('readContents', inner.readContents(...args)),
    findAnswer: (...args) => note('findAnswer', inner.findAnswer(...args)),
    lastPosition: () => note('lastPosition', inner.lastPosition()),
    waitForAppends: () => note('waitForAppends', inner.waitForAppends()),
  };
}

async function registerHost(cpuMillis = 32_000): Promise<void> {
  const hostId = prefixedId('host', v7());
  await executeCommand({
    log,
    owner: null,
    stream: hostId,
    decider: hostDecider,
    metadata,
    command: {
      kind: 'register-host',
      nowMs,
      spec: {
        hostId,
        name: 'a host',
        driver: 'simulated-host',
        os: 'windows',
        osVersion: { major: 10, minor: 0, build: 26100, revision: 1742 },
        architecture: 'amd64',
        cpuMillis,
        memoryMiB: 65_536,
        hypervPresent: true,
        labels: {},
        simulation: null,
      },
    },
  });
}

const changeTenant = (command: TenantCommand) =>
  executeCommand({
    ...{ log, metadata, command },
    ...{ owner: tenantId, stream: tenantId, decider: tenantDecider },
  });

const changeTrust = (trust: TrustLevel) =>
  changeTenant({ kind: 'change-trust', trust, reason: 'test', nowMs });

beforeEach(async () => {
  nowMs = 1_750_000_000_000;
  asked = [];
  log = new InMemoryLog({ clock: () => nowMs, newEventId: v7 });
  await seed(log, () => nowMs, 'test');
  await executeCommand({
    log,
    owner: tenantId,
    stream: tenantId,
    decider: tenantDecider,
    metadata,
    command: {
      kind: 'register-tenant',
      tenantId,
      name: 'A tenant',
      trust: 'trusted',
      boundaryGroup: null,
      nowMs,
    },
  });
  await registerHost();
  const store = noting(log);
  const clock = () => nowMs;
  const facts = new SubmissionFactsReader(store, new FleetShapes(store, clock));
  const pseudonyms = new Pseudonyms(randomBytes(32));
  const admission = new SubmissionAdmission(store, async () => {
    throw new Error('nobody counts for a tenant that has no such limit');
  });
  const parts = [store, clock, v7, randomBytes, facts, pseudonyms, admission] as const;
  handler = new SubmitWorkloadHandler(...parts, unboundedWork());
});

async function submit(change: object = {}, key: string | null = null) {
  const submission = Submission.parse({
    image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
    resources: { cpuMillis: 500, memoryMiB: 256 },
    ...change,
  });
  const idempotency =
    key === null ? null : { scope: tenantId, route: 'POST /x', key, requestSha256: 'same' };
  asked = [];
  return handler.execute(new SubmitWorkload(caller, submission, idempotency, '/v1/workloads'));
}

describe('a submission', () => {
  it('costs one round trip once its tenant, its image and the policy are known', async () => {
    await submit();
    expect(asked.length).toBeGreaterThan(1);
    await submit();
    expect(asked).toEqual(['append']);
    await submit({}, 'with a key');
    expect(asked).toEqual(['append']);
    const again = await submit({}, 'with a key');
    expect(asked).toEqual(['append']);
    expect(again.replayed).toBe(true);
  });

  it('says in the log whether there is anything to run that may be erased, and nothing of what it is', async () => {
    const said: boolean[] = [];
    for (const change of [{}, { args: ['--input', 'orders.csv'] }]) {
      const { body } = await submit(change);
      const workloadId = (body as WorkloadView).id as WorkloadId;
      const [submitted] = await log.readStream(tenantId, workloadId);
      said.push(JSON.stringify(submitted).includes('"hasContent":true'));
      expect(JSON.stringify(submitted)).not.toContain('orders.csv');
    }
    expect(said).toEqual([false, true]);
  });

  it('gets its first answer again under its key, though it would be refused by now', async () => {
    const first = await submit({}, 'a-key');
    const quota = { ...defaultQuota, cpuMillis: 100 };
    await changeTenant({ kind: 'change-quota', quota, reason: 'test', nowMs });
    // Whoever remembers the tenant as it was gets the answer from the append.
    const again = { ...first, replayed: true };
    expect(await submit({}, 'a-key')).toEqual(again);
    expect(asked).toEqual(['append']);
    await expect(submit()).rejects.toMatchObject({ facts: { code: 'QUOTA_EXCEEDED' } });
    expect(await submit({}, 'a-key')).toEqual(again);
    expect(asked).toContain('findAnswer');
    await expect(submit({}, 'another')).rejects.toMatchObject({
      facts: { code: 'QUOTA_EXCEEDED' },
    });
    await changeTenant({ kind: 'suspend', evict: false, reason: 'test', nowMs });
    await changeTenant({ kind: 'change-quota', quota: defaultQuota, reason: 'test', nowMs });
    await expect(submit()).rejects.toMatchObject({ facts: { code: 'TENANT_SUSPENDED' } });
    expect(await submit({}, 'a-key')).toEqual(again);
    await expect(submit({}, 'another')).rejects.toMatchObject({
      facts: { code: 'TENANT_SUSPENDED' },
    });
  });

  it('is never decided from a trust that was withdrawn', async () => {
    const before = await submit();
    expect((before.body as WorkloadView).decision?.isolation).toBe('process');
    await changeTrust('hostile');
    const after = await submit();
    expect((after.body as WorkloadView).decision?.isolation).toBe('hyperv');
    expect(asked.filter((name) => name === 'append')).toHaveLength(2);
  });

  it('is not refused over a fleet that was read a moment ago', async () => {
    await submit();
    const large = { resources: { cpuMillis: 500_000, memoryMiB: 1 } };
    expect((await submit(large)).status).toBe(422);
    expect(asked).toEqual(['lastPosition', 'readPlatform', 'append']);
    await registerHost(600_000);
    expect((await submit(large)).status).toBe(202);
    // What is accepted looks at the fleet once a second only.
    await submit(large);
    expect(asked).toEqual(['append']);
    nowMs += 10_000;
    await submit();
    expect(asked).toEqual(['lastPosition', 'readPlatform', 'append']);
  });

  it('gives up when the tenant changes again and again', async () => {
    await submit();
    const inner = log.append.bind(log);
    let trust: TrustLevel = 'standard';
    log.append = async (append) => {
      if (append.streams[0]?.stream.startsWith('wl_')) {
        log.append = inner;
        await changeTrust(trust);
        log.append = busy;
        trust = trust === 'standard' ? 'trusted' : 'standard';
      }
      return inner(append);
    };
    const busy = log.append;
    await expect(submit()).rejects.toThrow('is at version');
    expect(asked.filter((name) => name === 'append')).toHaveLength(3);
  });
});
