import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { event, type TenantId, type TenantRegistered, type WorkloadId } from '@bulkhead/domain';
import {
  AppendOutcomeUnknown,
  LogUnavailable,
  type PostgresTrouble,
  READ_LIMIT_MAX,
} from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OwnServer } from '../postgres/own-server.js';
import { SmallDisk } from './small-disk.js';
import { WorkerOnPostgres } from './worker-on-postgres.js';

const DISK_MIB = 96;
const OUTAGE_MS = 2_500;
/** Components pause for up to ten seconds between two tries, and leases of hosts are taken anew. */
const WELL_AGAIN_WITHIN_MS = 45_000;
const PATIENCE = { timeout: WELL_AGAIN_WITHIN_MS, interval: 100 };
const START_WITHIN_MS = 120_000;
const WORKLOADS = 4;
/** Appends until pages are full and tables have to grow. */
const APPENDS_UNTIL_FULL_MAX = 3_000;
/** Tables grow by many pages where many want to write, so that a single page may still be found after a refusal. */
const REFUSALS_UNTIL_FULL = 20;

let server: OwnServer;
let disk: SmallDisk | null;
let worker: WorkerOnPostgres;
let tenant: TenantId;

beforeAll(async () => {
  server = await OwnServer.start();
  disk = SmallDisk.mount(join('/tmp', `bulkhead-small-${process.pid}`), DISK_MIB);
  if (disk !== null) {
    const location = disk.folderFor(statSync(join(server.folder, 'data')));
    await server.run(`CREATE TABLESPACE small LOCATION '${location}'`);
  }
  const database = await server.database('outages', disk === null ? undefined : 'small');
  worker = await WorkerOnPostgres.start(database.workerUrl, server.folder);
  tenant = await worker.installation.tenant('standard');
}, START_WITHIN_MS);

afterAll(async () => {
  await worker?.stop();
  await server?.stop();
  disk?.unmount();
}, START_WITHIN_MS);

/** Any event that nobody acts on but everybody folds. */
async function appendOne(name = 'a tenant', tenantId: TenantId = `ten_${v7()}`): Promise<void> {
  const trustBoundary = `own:${tenantId}` as const;
  const payload = { tenantId, name, trust: 'standard', trustBoundary } as const;
  const registered = event<TenantRegistered>('TenantRegistered', Date.now(), payload);
  await worker.installation.record(tenantId, tenantId, 0, [registered]);
}

async function failureOf(act: () => Promise<unknown>): Promise<unknown> {
  return act().then(
    () => null,
    (error: unknown) => error,
  );
}

/** While the outage lasts, every append is told that nothing was recorded, and why. Answers how often. */
async function refusedThroughout(
  trouble: PostgresTrouble,
  act = () => appendOne(),
  mayFit = false,
): Promise<number> {
  let refusals = 0;
  for (const endAtMs = performance.now() + OUTAGE_MS; performance.now() < endAtMs; ) {
    const error = await failureOf(() => act());
    if (error !== null || !mayFit) {
      expect(error).toBeInstanceOf(LogUnavailable);
      expect(error).toMatchObject({ trouble });
      refusals += 1;
    }
    await sleep(100);
  }
  return refusals;
}

const submitSome = () =>
  Promise.all(Array.from({ length: WORKLOADS }, () => worker.installation.submit(tenant)));

/** Workloads from before and after the outage end well, and every consumer is at the end of the log. */
async function goesOn(before: readonly WorkloadId[]): Promise<void> {
  let after: readonly WorkloadId[] = [];
  const canSubmit = async () => {
    after = await submitSome();
    return after.length;
  };
  await expect.poll(() => canSubmit().catch(() => 0), PATIENCE).toBe(WORKLOADS);
  for (const workload of [...before, ...after]) {
    const status = () => worker.installation.state(tenant, workload).then((state) => state.status);
    await expect.poll(status, PATIENCE).toBe('succeeded');
  }
  await expect.poll(() => worker.health(), PATIENCE).toEqual({ problems: [], trailing: [] });
}

async function positions(): Promise<readonly number[]> {
  const events = await worker.log.readAll({ afterPosition: 0, limit: READ_LIMIT_MAX });
  return events.map(({ position }) => position);
}

// A failure in the middle must not leave the tests that follow without room.
afterEach(() => disk?.relieve());

describe('a worker and an api whose Postgres', { timeout: 3 * WELL_AGAIN_WITHIN_MS }, () => {
  it('works at all', () => goesOn([]));

  it('becomes read-only say that nothing was recorded, and go on once it is writable', async () => {
    const before = await submitSome();
    const reload = 'SELECT pg_reload_conf()';
    await server.run('ALTER SYSTEM SET default_transaction_read_only = on', reload);
    await expect.poll(() => failureOf(() => appendOne())).toMatchObject({ trouble: 'read-only' });
    await refusedThroughout('read-only');
    await server.run('ALTER SYSTEM RESET default_transaction_read_only', reload);
    await goesOn(before);
  });

  it('has no room left on its disk say that nothing was recorded, and go on once there is room', async (test) => {
    if (disk === null) return test.skip('no small disk can be mounted here');
    const before = await submitSome();
    disk.fill();
    const large = () => appendOne('x'.repeat(2_000));
    let failure: unknown = null;
    let refusals = 0;
    for (let nr = 0; refusals < REFUSALS_UNTIL_FULL && nr < APPENDS_UNTIL_FULL_MAX; nr += 1) {
      failure = await failureOf(large);
      refusals = failure === null ? 0 : refusals + 1;
    }
    expect(failure).toMatchObject({ name: 'LogUnavailable', trouble: 'disk-full' });
    // What refused appends left in pages is room again once Postgres has cleaned up: a few may fit.
    expect(await refusedThroughout('disk-full', large, true)).toBeGreaterThan(0);
    disk.relieve();
    await goesOn(before);
  });

  it('is stopped and started say what is known of each append, and go on', async () => {
    const before = await submitSome();
    const appends = keepAppending();
    await server.startAgain();
    const told = await appends.untilOneSucceeds();
    await goesOn(before);
    await expectHonest(told);
  });

  it('is killed with all its processes say what is known of each append, and go on', async () => {
    const before = await submitSome();
    const appends = keepAppending();
    await server.crash();
    const refused = { name: 'LogUnavailable', trouble: 'unreachable' };
    await expect.poll(() => failureOf(() => appendOne())).toMatchObject(refused);
    await sleep(OUTAGE_MS);
    await server.startAgain();
    const told = await appends.untilOneSucceeds();
    await goesOn(before);
    await expectHonest(told);
  });

  it('has had all of this keep a log without a gap', async () => {
    const seen = await positions();
    expect(seen).toEqual(seen.map((_, index) => index + 1));
    expect(seen.length).toBeGreaterThan(100);
  });
});

interface Appends {
  /** By stream, what its append was told: null when it was recorded. */
  untilOneSucceeds(): Promise<ReadonlyMap<TenantId, unknown>>;
}

function keepAppending(): Appends {
  const told = new Map<TenantId, unknown>();
  let stopping = false;
  const running = (async () => {
    for (; !stopping; await sleep(10)) {
      const tenantId: TenantId = `ten_${v7()}`;
      told.set(tenantId, await failureOf(() => appendOne('a tenant', tenantId)));
    }
  })();
  return {
    untilOneSucceeds: async () => {
      await expect.poll(() => failureOf(() => appendOne()), PATIENCE).toBeNull();
      stopping = true;
      await running;
      return told;
    },
  };
}

/** Recorded where that was said, nowhere where it was denied; an unknown outcome may be either. */
async function expectHonest(told: ReadonlyMap<TenantId, unknown>): Promise<void> {
  const events = await worker.log.readAll({ afterPosition: 0, limit: READ_LIMIT_MAX });
  const streams = new Set<string>(events.map(({ stream }) => stream));
  const refused = [...told].filter(([, error]) => error !== null);
  expect(refused.length).toBeGreaterThan(0);
  for (const [stream, error] of told) {
    if (error === null) expect(streams).toContain(stream);
    else if (error instanceof LogUnavailable) expect(streams).not.toContain(stream);
    else expect(error).toBeInstanceOf(AppendOutcomeUnknown);
  }
}
