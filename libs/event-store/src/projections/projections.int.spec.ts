import {
  type ComputeSystemExited,
  type ComputeSystemReleased,
  type ComputeSystemStarted,
  type CredentialIssued,
  type CredentialRevoked,
  type DomainEvent,
  event,
  fold,
  type HostCordoned,
  type HostRegistered,
  type HostSpec,
  hostDecider,
  type RecordedEvent,
  type StartAuthorized,
  type StreamId,
  type TenantId,
  type TenantRegistered,
  type TenantTrustChanged,
  type WorkloadId,
  type WorkloadPlaced,
  type WorkloadSubmitted,
  type WorkloadSucceeded,
  workloadDecider,
} from '@bulkhead/domain';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import type { Owner } from '../log/event-log.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { listCredentials } from './credentials.js';
import { generationIn, readGenerations } from './generations.js';
import { listHosts } from './hosts.js';
import { openReadModels, PROJECTIONS } from './open-read-models.js';
import type { Projection } from './read-model.js';
import { listTenants } from './tenants.js';
import { listWorkloads, workloadsProjection } from './workloads.js';

const A: TenantId = 'ten_a';
const B: TenantId = 'ten_b';
let database: FreshDatabase;
let pool: pg.Pool;
let dataSource: DataSource;
let log: PostgresLog;

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'projections-int' });
  dataSource = await openReadModels({
    url: database.workerUrl,
    applicationName: 'projections-int',
  });
});
beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
  log = new PostgresLog({ pool, newEventId: uuid });
});
afterAll(async () => {
  await dataSource.destroy();
  await pool.end();
  await database.drop();
});

async function record(owner: Owner, stream: StreamId, events: DomainEvent[], expectedVersion = 0) {
  await log.append(append({ owner, stream, expectedVersion, events }));
}

async function project(batch: readonly RecordedEvent[]): Promise<void> {
  for (const projection of PROJECTIONS) await projectOne(projection, batch);
}

async function projectOne(projection: Projection, batch: readonly RecordedEvent[]) {
  const live = generationIn(await readGenerations(dataSource, projection.name), 'live');
  await dataSource.transaction((transaction) =>
    projection.project(batch, transaction, live?.generation ?? 0),
  );
}

const everything = () => log.readAll({ afterPosition: 0, limit: 5_000 });

function submitted(workloadId: WorkloadId, tenantId: TenantId, atMs = 1_000): DomainEvent {
  const batch = { batchId: 'bat_1', index: 0 } as const;
  const payload = { workloadId, tenantId, batch, request: {}, image: {} };
  return event<WorkloadSubmitted>('WorkloadSubmitted', atMs, payload as never, 3);
}

/** A whole life, as far as the fold looks at it. */
function life(workloadId: WorkloadId, tenantId: TenantId): DomainEvent[] {
  const attempt = { attempt: 1, computeSystemId: 'cs_1' } as const;
  const placed = { ...attempt, hostId: 'host_1', kernelInstanceId: 'ki_1', isolation: 'hyperv' };
  return [
    submitted(workloadId, tenantId),
    event<WorkloadPlaced>('WorkloadPlaced', 2_000, placed as never),
    event<StartAuthorized>('StartAuthorized', 3_000, attempt as never),
    event<ComputeSystemStarted>('ComputeSystemStarted', 4_000, { ...attempt, startedAtMs: 3_500 }),
    event<ComputeSystemExited>('ComputeSystemExited', 5_000, {
      ...attempt,
      exitCode: 0,
      exitType: 'GracefulExit',
    }),
    event<ComputeSystemReleased>('ComputeSystemReleased', 6_000, attempt),
    event<WorkloadSucceeded>('WorkloadSucceeded', 6_000, { attempt: 1 }),
  ];
}

describe('the read models', () => {
  it('hold what folding each stream gives, whatever the batches were', async () => {
    await record(A, 'wl_1', life('wl_1', A));
    await record(B, 'wl_2', life('wl_2', B).slice(0, 4));
    const all = await everything();
    await project(all.slice(0, 3));
    await project(all.slice(3));
    const [first] = await listWorkloads(dataSource, A, {}, { limit: 10 });
    expect(first).toMatchObject({
      workloadId: 'wl_1',
      tenantId: A,
      batchId: 'bat_1',
      status: 'succeeded',
      isolation: 'hyperv',
      hostId: 'host_1',
      submittedAt: new Date(1_000),
      version: 7,
    });
    expect(first?.state).toEqual(fold(workloadDecider, life('wl_1', A) as never));
    const [second] = await listWorkloads(dataSource, B, {}, { limit: 10 });
    expect(second?.state).toEqual(fold(workloadDecider, life('wl_2', B).slice(0, 4) as never));
  });

  it('do not change when a batch comes again, whole or in part', async () => {
    await record(A, 'wl_1', life('wl_1', A));
    const all = await everything();
    await project(all.slice(0, 4));
    await project(all.slice(0, 4));
    await project(all.slice(2));
    await project(all.slice(1, 3));
    const rows = await listWorkloads(dataSource, A, {}, { limit: 10 });
    expect(rows).toMatchObject([{ version: 7, status: 'succeeded' }]);
    expect(rows[0]?.state).toEqual(fold(workloadDecider, life('wl_1', A) as never));
  });

  it('refuse a batch that leaves out an event', async () => {
    await record(A, 'wl_1', life('wl_1', A));
    const all = await everything();
    const gap = projectOne(workloadsProjection, [all[0], all[2]] as RecordedEvent[]);
    await expect(gap).rejects.toMatchObject({ name: 'BrokenInvariant' });
    expect(await listWorkloads(dataSource, A, {}, { limit: 10 })).toEqual([]);
  });

  it('keep tenants, hosts and credentials for their lists', async () => {
    const tenant = {
      tenantId: A,
      name: 'A',
      trust: 'hostile',
      trustBoundary: 'own:ten_a',
    } as const;
    await record(A, A, [
      event<TenantRegistered>('TenantRegistered', 1, tenant),
      event<TenantTrustChanged>('TenantTrustChanged', 2, {
        from: 'hostile',
        to: 'trusted',
        reason: 'vetted',
      }),
    ]);
    const spec = { hostId: 'host_1', name: 'one', cpuMillis: 4_000 } as unknown as HostSpec;
    const host: DomainEvent[] = [
      event<HostRegistered>('HostRegistered', 1, spec, 2),
      event<HostCordoned>('HostCordoned', 2, { reason: 'repair' }),
    ];
    await record(null, 'host_1', host);
    const issue = (credentialId: `cred_${string}`, tenantId: TenantId | null) =>
      event<CredentialIssued>('CredentialIssued', 1, {
        credentialId,
        tenantId,
        role: tenantId === null ? 'operator' : 'tenant',
        secretSha256: '00',
      });
    const revoked = event<CredentialRevoked>('CredentialRevoked', 2, { reason: 'leaked' });
    await record(A, 'cred_a', [issue('cred_a', A), revoked]);
    await record(null, 'cred_o', [issue('cred_o', null)]);
    await project(await everything());

    const page = { limit: 10 };
    expect(await listTenants(dataSource, { trust: 'trusted' }, page)).toMatchObject([
      { name: 'A' },
    ]);
    expect(await listTenants(dataSource, { trust: 'hostile' }, page)).toEqual([]);
    const [row] = await listHosts(dataSource, {}, page);
    expect(row).toMatchObject({ name: 'one', status: 'registered' });
    expect(row?.state).toEqual(fold(hostDecider, host as never));
    expect(await listCredentials(dataSource, A, page)).toMatchObject([{ status: 'revoked' }]);
    expect(await listCredentials(dataSource, null, page)).toMatchObject([{ status: 'issued' }]);
    expect(await listCredentials(dataSource, B, page)).toEqual([]);
  });
});

describe('a list', () => {
  const ids = (rows: readonly { workloadId: string }[]) => rows.map(({ workloadId }) => workloadId);

  it('gives a tenant its own rows only, newest first, page by page, whatever comes meanwhile', async () => {
    for (const nr of [1, 2, 3, 5]) {
      await record(A, `wl_${nr}`, [submitted(`wl_${nr}`, A, nr * 1_000)]);
    }
    await record(B, 'wl_4', [submitted('wl_4', B)]);
    await project(await everything());
    const first = await listWorkloads(dataSource, A, {}, { limit: 2 });
    await record(A, 'wl_6', [submitted('wl_6', A)]);
    await project(await everything());
    const second = await listWorkloads(dataSource, A, {}, { limit: 2, beforeId: 'wl_3' });
    expect([ids(first), ids(second)]).toEqual([
      ['wl_5', 'wl_3'],
      ['wl_2', 'wl_1'],
    ]);
  });

  it('narrows by status, batch, isolation and time', async () => {
    await record(A, 'wl_1', life('wl_1', A));
    await record(A, 'wl_2', [submitted('wl_2', A, 9_000)]);
    await project(await everything());
    const list = async (filter: Parameters<typeof listWorkloads>[2]) =>
      ids(await listWorkloads(dataSource, A, filter, { limit: 10 }));
    expect(await list({ status: 'succeeded' })).toEqual(['wl_1']);
    expect(await list({ isolation: 'hyperv' })).toEqual(['wl_1']);
    expect(await list({ batchId: 'bat_1' })).toEqual(['wl_2', 'wl_1']);
    expect(await list({ batchId: 'bat_2' })).toEqual([]);
    expect(await list({ submittedFromMs: 9_000 })).toEqual(['wl_2']);
    expect(await list({ submittedBeforeMs: 9_000, status: 'submitted' })).toEqual([]);
  });
});
