import { createPublicKey } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  canonicalLeaf,
  hashLeafText,
  openTreeHead,
  parseEntryLine,
  rootAt,
  verifyConsistency,
} from '@bulkhead/event-store/proof';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../libs/event-store/src/tree/tree-world.contract.js';
import { LogUnderTest } from './log-under-test.js';

let log: LogUnderTest;
let older: number;
let size: number;

beforeAll(async () => {
  log = await LogUnderTest.start();
  await log.grow(6);
  older = await log.sign();
  await log.grow(7);
  size = await log.sign();
});
afterAll(() => log.stop());

const bytes = (base64: string) => Buffer.from(base64, 'base64');
const linesOf = (text: string) => text.split('\n').slice(0, -1);

describe('the tree head', () => {
  it('is the newest one with its signature, or one of an earlier size', async () => {
    const { status, body } = await log.get('tree-head');
    expect(status).toBe(200);
    expect(body).toMatchObject({ origin: 'log.example/test', size, logSize: size });
    const head = openTreeHead(body.checkpoint, log.settings.verifiers());
    expect(head).toMatchObject({ size, rootHash: bytes(body.rootHash) });
    expect(Date.parse(body.signedAt)).toBeGreaterThan(Date.now() - 60_000);
    const then = await log.get(`tree-head?size=${older}`);
    expect(openTreeHead(then.body.checkpoint, log.settings.verifiers()).size).toBe(older);
  });

  it('of a size that was never signed does not exist, and the answer says which one does', async () => {
    const between = await log.get(`tree-head?size=${older + 1}`);
    expect([between.status, between.body.code]).toEqual([404, 'TREE_HEAD_NOT_FOUND']);
    expect(between.body.detail).toMatch(/the next larger one has \d+/);
    const beyond = await log.get(`tree-head?size=${size + 1}`);
    expect([beyond.status, beyond.body.code]).toEqual([404, 'NOT_SIGNED_YET']);
    expect(beyond.body.detail).toContain(`covers ${size} events`);
    expect(beyond.headers.get('retry-after')).toBe('5');
  });
});

/** What `@sigstore/verify` does with a Rekor entry, from its inner files. */
const require = createRequire(import.meta.url);
const tlog = join(dirname(require.resolve('@sigstore/verify')), 'tlog');
const { verifyCheckpoint } = require(join(tlog, 'checkpoint.js'));
const { verifyMerkleInclusion } = require(join(tlog, 'merkle.js'));

interface ServedProof {
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly hashes: readonly string[];
  readonly checkpoint: string;
}

describe('an inclusion proof', () => {
  const entryAt = async (position: number) =>
    (await log.get(`entries?afterPosition=${position - 1}&limit=1`)).text.trimEnd();

  function acceptedBySigstore(leaf: string, proof: ServedProof): void {
    const [verifier] = log.settings.verifiers();
    const x = bytes(verifier?.verifierKey.split('+').slice(2).join('+') ?? '').subarray(1);
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') };
    const entry = {
      canonicalizedBody: Buffer.from(leaf),
      inclusionProof: {
        logIndex: String(proof.leafIndex),
        treeSize: String(proof.treeSize),
        hashes: proof.hashes.map(bytes),
        checkpoint: { envelope: proof.checkpoint },
      },
    };
    const trusted = {
      logID: Buffer.concat([verifier?.keyId ?? Buffer.alloc(0), Buffer.alloc(28)]),
      baseURL: 'https://log.example/test',
      publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
    };
    verifyMerkleInclusion(entry, verifyCheckpoint(entry, [trusted]));
  }

  it('of every event convinces sigstore, which knows nothing of us', async () => {
    for (let position = 1; position <= size; position += 1) {
      const leaf = canonicalLeaf(parseEntryLine(await entryAt(position)));
      const { body } = await log.get(`proof/inclusion?position=${position}`);
      expect(bytes(body.leafHash)).toEqual(hashLeafText(leaf));
      expect(body).toMatchObject({ leafIndex: position - 1, treeSize: size });
      acceptedBySigstore(leaf, body);
    }
    const { body } = await log.get(`proof/inclusion?position=3&size=${older}`);
    expect(body.treeSize).toBe(older);
    const leaf = canonicalLeaf(parseEntryLine(await entryAt(3)));
    acceptedBySigstore(leaf, body);
    expect(() => acceptedBySigstore(`${leaf} `, body)).toThrow(/root hash/);
  });

  it('is refused with a reason where the signed tree has no such event', async () => {
    const cases: [string, number, string][] = [
      ['position=0', 400, 'VALIDATION_FAILED'],
      ['', 400, 'VALIDATION_FAILED'],
      ['position=1e1', 400, 'VALIDATION_FAILED'],
      [`position=${older + 1}&size=${older}`, 400, 'VALIDATION_FAILED'],
      [`position=${size + 1}`, 404, 'NOT_SIGNED_YET'],
      [`position=1&size=${older + 1}`, 404, 'TREE_HEAD_NOT_FOUND'],
    ];
    for (const [query, status, code] of cases) {
      const answer = await log.get(`proof/inclusion?${query}`);
      expect([query, answer.status, answer.body.code]).toEqual([query, status, code]);
    }
  });
});

describe('a consistency proof', () => {
  it('shows that the log only grew, between any two sizes', async () => {
    for (let from = 1; from <= size; from += 1) {
      const { body } = await log.get(`proof/consistency?from=${from}`);
      const fromRoot = bytes(body.fromRootHash);
      const toRoot = bytes(body.toRootHash);
      expect(fromRoot).toEqual(await rootAt(log.tree, from));
      const proof = body.hashes.map(bytes);
      expect(verifyConsistency({ from, fromRoot, to: size, toRoot, proof })).toBe(true);
      expect(openTreeHead(body.checkpoint, log.settings.verifiers()).rootHash).toEqual(toRoot);
    }
  });

  it('is refused for sizes that are none, in the wrong order, or not signed yet', async () => {
    const cases: [string, number, string][] = [
      ['from=0', 400, 'VALIDATION_FAILED'],
      ['from=5&to=4', 400, 'VALIDATION_FAILED'],
      [`from=1&to=${size + 1}`, 404, 'NOT_SIGNED_YET'],
      [`from=${size + 1}`, 404, 'NOT_SIGNED_YET'],
    ];
    for (const [query, status, code] of cases) {
      const answer = await log.get(`proof/consistency?${query}`);
      expect([query, answer.status, answer.body.code]).toEqual([query, status, code]);
    }
  });
});

describe('the entries', () => {
  it('are the stored bytes, page after page, until a page is empty', async () => {
    const lines: string[] = [];
    for (let page = 0; page < size; page += 1) {
      const query = page === 0 ? 'limit=7' : `limit=7&afterPosition=${lines.length}`;
      const { status, text, headers } = await log.get(`entries?${query}`);
      expect([status, headers.get('content-type')]).toEqual([
        200,
        'application/x-ndjson; charset=utf-8',
      ]);
      if (text === '') break;
      lines.push(...linesOf(text));
    }
    expect(lines.length).toBe(size);
    const { rows } = await log.admin.query(
      'SELECT metadata::text, payload::text FROM log.events ORDER BY position',
    );
    expect(
      lines.map(parseEntryLine).map(({ metadata, payload }) => ({ metadata, payload })),
    ).toEqual(rows);
  });

  it('show a time that no log writes, and rows before the first position', async () => {
    const row = `SELECT $1::bigint, gen_random_uuid(), $2, 1, null, 'X', 1, $3::timestamptz, now(), '{}', '{}'`;
    try {
      await log.admin.query(`INSERT INTO log.events ${row}`, [-1, 'before', 'infinity']);
      const [first = ''] = linesOf((await log.get('entries?limit=1')).text);
      expect(JSON.parse(first)).toMatchObject({ position: -1, occurredAt: 'Infinity' });
      const { body } = await log.api.post('/v1/audit/log/verify', log.token, {});
      expect(body).toMatchObject({ verified: false, firstBadPosition: 1 });
    } finally {
      await log.admin.query('ALTER TABLE log.events DISABLE TRIGGER refuse_change');
      await log.admin.query('DELETE FROM log.events WHERE position < 0');
      await log.admin.query('ALTER TABLE log.events ENABLE ALWAYS TRIGGER refuse_change');
    }
  });
});

describe('the tiles and the verifier keys', () => {
  it('are served as they are stored', async () => {
    const { body } = await log.get('tiles?level=0&index=0&count=2');
    expect(body).toMatchObject({ level: 0, index: 0 });
    const [tile, none] = body.tiles;
    expect([bytes(tile).length, none]).toEqual([size * 32, null]);
    expect((await log.get('tiles?level=0&index=0&count=65')).status).toBe(400);
    const keys = (await log.get('verifier-keys')).body.keys;
    expect(`${keys.join('\n')}\n`).toBe(readFileSync(log.verifierKeysFile, 'utf8'));
  });

  it('are missing with a reason while the file of keys is away', async () => {
    renameSync(log.verifierKeysFile, `${log.verifierKeysFile}.away`);
    const answer = await log.get('verifier-keys');
    renameSync(`${log.verifierKeysFile}.away`, log.verifierKeysFile);
    expect([answer.status, answer.body.code]).toEqual([503, 'VERIFIER_KEYS_UNREADABLE']);
    expect(answer.text).not.toContain(log.folder);
  });
});

/** Has whoever asks for the newest tree head wait, as a recomputation does first; answers how they are let go. */
async function holdHeads(): Promise<() => Promise<void>> {
  const holder = await log.admin.connect();
  await holder.query('BEGIN; LOCK TABLE tree.heads IN ACCESS EXCLUSIVE MODE');
  return async () => {
    await holder.query('ROLLBACK');
    holder.release();
  };
}

async function isHeldUp(): Promise<boolean> {
  const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'tree.heads'::regclass
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  return (await log.admin.query(waiting)).rowCount === 1;
}

describe('the recomputation on the server', () => {
  const verify = () => log.api.post('/v1/audit/log/verify', log.token, {});

  it('finds an untouched log in order, one request at a time', async () => {
    // So short a log is done with before the last of them has come.
    const letGo = await holdHeads();
    let refused = 0;
    const counted = async () => {
      const answer = await verify();
      if (answer.status === 409) refused += 1;
      return answer;
    };
    const asked = [counted(), counted(), counted()];
    await until(() => refused === 2).finally(letGo);
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const done = answers.find(({ status }) => status === 200);
    expect(done?.body).toEqual({
      verified: true,
      size,
      rootHash: (await log.get('tree-head')).body.rootHash,
      signedSize: size,
      firstBadPosition: null,
      lastBadPosition: null,
      problem: null,
    });
    const busy = answers.find(({ status }) => status === 409);
    expect(busy?.body.code).toBe('VERIFICATION_RUNNING');
    expect(busy?.headers.get('retry-after')).toBe('10');
    expect((await verify()).status).toBe(200);
  });

  it('names the event that was changed', async () => {
    await log.admin.query('ALTER TABLE log.events DISABLE TRIGGER refuse_change');
    const { rows } = await log.admin.query(`
      UPDATE log.events SET payload = replace(payload::text, 'Tenant', 'Renter')::json
       WHERE position = (SELECT min(position) FROM log.events WHERE type = 'TenantRegistered')
      RETURNING position::integer`);
    const { body } = await verify();
    const position = rows[0].position;
    expect(body).toMatchObject({
      verified: false,
      firstBadPosition: position,
      lastBadPosition: position,
      problem: `position ${position} is not the entry that the tree was built from`,
    });
    await log.admin.query(
      `UPDATE log.events SET payload = replace(payload::text, 'Renter', 'Tenant')::json WHERE position = $1`,
      [position],
    );
    await log.admin.query('ALTER TABLE log.events ENABLE ALWAYS TRIGGER refuse_change');
    expect((await verify()).body.verified).toBe(true);
  });
});

describe('the recomputation of a long log', () => {
  const ENTRIES = 10_000;
  const path = '/v1/audit/log/verify';

  beforeAll(async () => {
    await log.admin.query('ALTER TABLE log.events DISABLE TRIGGER refuse_change');
    await log.admin.query(`
      INSERT INTO log.events
      SELECT ${size} + nr, gen_random_uuid(), 'stream-' || nr, 1, null, 'ImageRegistered', 1,
             now(), now(), '{}', '{}' FROM generate_series(1, ${ENTRIES}) nr`);
    await log.admin.query('ALTER TABLE log.events ENABLE ALWAYS TRIGGER refuse_change');
    await log.sign();
  });

  /** Returns while the request is at work that is sent here. */
  async function begin<T>(send: () => Promise<T>): Promise<{ readonly answer: Promise<T> }> {
    const letGo = await holdHeads();
    const answer = send();
    await until(isHeldUp).finally(letGo);
    return { answer };
  }

  it('lets the service answer others meanwhile, and ends when nobody waits for it', async () => {
    const gone = new AbortController();
    const authorization = `Bearer ${log.token}`;
    const headers = { 'content-type': 'application/json', authorization };
    const request = { method: 'POST', body: '{}', headers, signal: gone.signal };
    const abandoned = await begin(() =>
      fetch(`${log.api.url}${path}`, request).catch(({ name }) => name),
    );
    expect((await log.api.call('GET', '/health/live')).status).toBe(200);
    expect((await log.api.post(path, log.token, {})).status).toBe(409);
    gone.abort();
    expect(await abandoned.answer).toBe('AbortError');
    await until(async () => (await log.api.post(path, log.token, {})).status === 200);
  });

  it('does not keep the service from stopping', async () => {
    const asked = await begin(() => log.api.post(path, log.token, {}));
    await log.api.running.app.close();
    const { status, body } = await asked.answer;
    expect([status, body.code]).toEqual([503, 'STOPPING']);
  });
});
