import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, type HostRegistered, type HostSpec } from '@bulkhead/domain';
import {
  consumerOf,
  generationIn,
  LATEST_HEAD_FILE,
  Leases,
  LogListener,
  listHosts,
  loadCheckpoint,
  openPool,
  openReadModels,
  PostgresLog,
  PROJECTIONS,
  type Projection,
  readGenerations,
  readRawEntries,
  rebuildWhereNeeded,
  StoredTree,
  swap,
  TreeBuilder,
} from '@bulkhead/event-store';
import {
  type NoteSigner,
  noteSigner,
  openTreeHead,
  parseVerifierKeys,
  type RawEntry,
  type SignedTreeHead,
  verifyEntries,
} from '@bulkhead/event-store/proof';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureKeys, type Home, openHome } from '../../apps/launcher/src/home/home.js';
import { renameLog } from '../../apps/launcher/src/home/tree-head-keys.js';
import { ArchivedServer, type Urls } from './restore/archived-server.js';

const RUN_TIMEOUT_MS = 120_000;
const PATIENCE_MS = 15_000;
const POLL_MS = 20;
const FAST = { headIntervalMs: 50, quietMs: 20, batchPauseMs: 1 };
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const metadata = {
  actor: { kind: 'operator', id: 'restore' },
  correlationId: 'restore',
  causationPosition: null,
} as const;

/** What a worker signs with that is started now: the key and the name that the home has. */
function signerOf(home: Home): NoteSigner {
  const [current] = parseVerifierKeys(readFileSync(home.treeHeadVerifierKeysFile, 'utf8'));
  return noteSigner(current?.name ?? '', readFileSync(home.treeHeadKeyFile, 'utf8'));
}

/** What a worker has open of a database. */
async function open({ workerUrl }: Urls) {
  const pool = openPool({ url: workerUrl, applicationName: 'restore' });
  const dataSource = await openReadModels({ url: workerUrl, applicationName: 'restore' });
  const listener = new LogListener(workerUrl);
  listener.start();
  const log = new PostgresLog({ pool, newEventId: uuid });
  const close = async () => {
    await listener.close();
    await dataSource.destroy();
    await pool.end();
  };
  return { pool, dataSource, listener, log, close };
}
type Stores = Awaited<ReturnType<typeof open>>;

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Registers hosts, one append each, and remembers what was acknowledged. */
class Writer {
  readonly acknowledged: string[] = [];
  private hosts = 0;

  constructor(private readonly log: PostgresLog) {}

  async write(count: number): Promise<void> {
    for (let nr = 0; nr < count; nr += 1) {
      this.hosts += 1;
      const hostId = `host_${this.hosts}` as const;
      const spec = { hostId, name: hostId } as unknown as HostSpec;
      const events = [event<HostRegistered>('HostRegistered', this.hosts, spec, 2)];
      const streams = [{ owner: null, stream: hostId, expectedVersion: 0, events }];
      await this.log.append({ streams, metadata });
      this.acknowledged.push(hostId);
    }
  }
}

function builderOver(
  { pool, dataSource, listener }: Stores,
  signers: readonly [NoteSigner, ...NoteSigner[]],
  headFolder: string,
): TreeBuilder {
  return new TreeBuilder({
    pool,
    dataSource,
    leases: new Leases({ pool, owner: randomUUID(), ttlMs: 400 }),
    listener,
    logger: silent,
    clock: () => Date.now(),
    steadyClock: () => performance.now(),
    signer: signers[0],
    verifiers: () => signers.map(({ verifier }) => verifier),
    headFolder,
    times: FAST,
  });
}

/** Builds the tree until a head of this size is exported, and answers that head. */
async function signedHead(
  stores: Stores,
  signers: readonly [NoteSigner, ...NoteSigner[]],
  folder: string,
  size: number,
): Promise<SignedTreeHead> {
  const stopping = new AbortController();
  const running = builderOver(stores, signers, folder).run(stopping.signal);
  const latest = () => {
    const text = readFileSync(join(folder, LATEST_HEAD_FILE), 'utf8');
    return openTreeHead(text, [signers[0].verifier]);
  };
  const isSigned = () => {
    try {
      return latest().size === size;
    } catch {
      return false;
    }
  };
  await Promise.race([until(isSigned), running]);
  stopping.abort();
  await running;
  return latest();
}

/** A host's lease changes hands so many times; answers the last epoch, which is the host's token. */
async function takeOver({ pool }: Stores, times: number): Promise<number> {
  let epoch = 0;
  for (let nr = 0; nr < times; nr += 1) {
    const leases = new Leases({ pool, owner: randomUUID() });
    const lease = await leases.acquire('host:host_1');
    if (lease === null) throw new Error('somebody else holds the lease');
    epoch = lease.epoch;
    await leases.release([lease]);
  }
  return epoch;
}

async function* entriesOf({ pool }: Stores): AsyncGenerator<RawEntry> {
  for (let afterPosition = 0; ; ) {
    const entries = await readRawEntries(pool, { afterPosition, limit: 500 });
    yield* entries;
    if (entries.length < 500) return;
    afterPosition = entries.at(-1)?.position ?? afterPosition;
  }
}

const verify = (stores: Stores, heads: readonly SignedTreeHead[]) =>
  verifyEntries({ entries: entriesOf(stores), heads, storedTree: new StoredTree(stores.pool) });

describe('a log that is restored to a point in time from a base backup and archived WAL', () => {
  const heads = mkdtempSync(join(tmpdir(), 'bulkhead-restore-heads-'));
  const home = openHome(join(heads, 'home'));
  ensureKeys(home, 'example/log');
  const lived = signerOf(home);
  let server: ArchivedServer;
  let stores: Stores;
  let before: readonly string[];
  let headBefore: SignedTreeHead;
  let headAfter: SignedTreeHead;
  let epochAfter: number;

  beforeAll(async () => {
    server = await ArchivedServer.start();
    const live = await open(await server.database());
    const writer = new Writer(live.log);
    await writer.write(40);
    await Promise.all([server.baseBackup(), writer.write(40)]);
    await writer.write(40);
    await takeOver(live, 1);
    headBefore = await signedHead(live, [lived], join(heads, 'live'), 120);
    before = [...writer.acknowledged];
    const time = await server.now();
    epochAfter = await takeOver(live, 4);
    await writer.write(30);
    headAfter = await signedHead(live, [lived], join(heads, 'live'), 150);
    await server.archiveAll();
    await live.close();
    await server.loseEverything();
    const urls = await server.restoreTo(time);
    await server.makeFitForWork();
    stores = await open(urls);
  }, RUN_TIMEOUT_MS);

  afterAll(async () => {
    await stores?.close();
    await server?.stop();
    rmSync(heads, { recursive: true, force: true });
  });

  it('has every append that was acknowledged before that time, dense, and none after it', async () => {
    const events = await stores.log.readAll({ afterPosition: 0, limit: 5_000 });
    expect(events.map(({ stream }) => stream)).toEqual(before);
    expect(events.map(({ position }) => position)).toEqual(before.map((_, nr) => nr + 1));
  });

  it('is proved whole by a tree head exported before that time', async () => {
    const verdict = await verify(stores, [headBefore]);
    expect(verdict).toMatchObject({ ok: true, size: 120, headsMatched: 1, coveredThrough: 120 });
  });

  it('is reported as an older copy by a tree head exported after it', async () => {
    const verdict = await verify(stores, [headBefore, headAfter]);
    expect(verdict).toMatchObject({ ok: false, fault: { kind: 'truncated', position: 121 } });
  });

  it('gets no further tree head from a worker that remembers the later one', async () => {
    const builder = builderOver(stores, [lived], join(heads, 'live'));
    await expect(builder.run(new AbortController().signal)).rejects.toThrow('an older copy');
  });

  it('proves itself to hosts with larger tokens than any they have seen', async () => {
    expect(epochAfter).toBe(5);
    expect(await takeOver(stores, 1)).toBeGreaterThan(epochAfter);
  });

  it('gives read models that are rebuilt from it and swapped', async () => {
    const hosts = PROJECTIONS.find(({ name }) => name === 'hosts') as Projection;
    const { dataSource } = stores;
    expect(await rebuildWhereNeeded(dataSource, hosts, 1)).toBe('begin');
    const building = generationIn(await readGenerations(dataSource, 'hosts'), 'building');
    if (building === undefined) throw new Error('nothing is being built');
    const events = await stores.log.readAll({ afterPosition: 0, limit: 5_000 });
    await loadCheckpoint(dataSource, consumerOf(building));
    await dataSource.transaction(async (transaction) => {
      await hosts.project(events, transaction, building.generation);
      await transaction.query('UPDATE consumers.checkpoints SET position = $2 WHERE name = $1', [
        consumerOf(building),
        events.length,
      ]);
    });
    expect(await swap(dataSource, building)).toBe(true);
    const rows = await listHosts(dataSource, {}, { limit: 200 });
    expect(rows.map(({ name }) => name).sort()).toEqual([...before].sort());
  });

  it('goes on under a key of another name, and the heads of both tell what was lost', async () => {
    const folder = join(heads, 'restored');
    expect(renameLog(home, 'example/log/restored-1').from).toBe('example/log');
    const restoredKey = signerOf(home);
    expect(restoredKey.verifier.name).toBe('example/log/restored-1');
    const spec = { hostId: 'host_new', name: 'host_new' } as unknown as HostSpec;
    const events = [event<HostRegistered>('HostRegistered', 1, spec, 2)];
    const streams = [{ owner: null, stream: 'host_new', expectedVersion: 0, events }] as const;
    expect(await stores.log.append({ streams, metadata })).toMatchObject({ firstPosition: 121 });
    const newHead = await signedHead(stores, [restoredKey, lived], folder, 121);
    expect(await verify(stores, [headBefore, newHead])).toMatchObject({
      ok: true,
      headsMatched: 2,
    });
    const verdict = await verify(stores, [headBefore, newHead, headAfter]);
    expect(verdict).toMatchObject({ ok: false, fault: { kind: 'truncated', position: 122 } });
  });
});
