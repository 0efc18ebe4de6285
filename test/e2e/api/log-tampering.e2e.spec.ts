import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NoteSigner, noteSigner } from '@bulkhead/event-store/proof';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LogIntruder } from './log-intruder.js';
import { LogUnderTest } from './log-under-test.js';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-tampering-'));
let log: LogUnderTest;
let intruder: LogIntruder;
/** Sizes at which heads were signed and exported: early, later, newest. */
let early: number;
let middle: number;
let size: number;
/** In the middle of what the newest head covers and the one before does not. */
let victim: number;

beforeAll(async () => {
  log = await LogUnderTest.start();
  intruder = new LogIntruder(log.admin);
  await log.grow(8);
  early = await log.sign();
  await intruder.copy('older_copy');
  await log.grow(8);
  middle = await log.sign();
  await log.grow(8);
  size = await log.sign();
  await intruder.copy('untouched');
  victim = middle + 3;
});
afterEach(() => intruder.restore('untouched'));
afterAll(async () => {
  await log.stop();
  rmSync(folder, { recursive: true });
});

/** Verifies as an auditor who has pinned the keys. */
async function verify(...words: string[]) {
  const pinned = ['--json', '--keys', log.verifierKeysFile];
  const { exitCode, stdout } = await log.bulkhead('log', 'verify', ...pinned, ...words);
  return { exitCode, ...JSON.parse(stdout) };
}

/** The same with the heads that the worker exported. */
const verifyFromKept = () => verify('--from', log.history);

const bad = (kind: string, first: number, last = first) => ({
  ...{ exitCode: 1, verified: false, kind },
  ...{ firstBadPosition: first, lastBadPosition: last },
});

/** What the server itself finds, which knows no kept heads. */
async function serverFinds() {
  const { body } = await log.api.post('/v1/audit/log/verify', log.token, {});
  return body;
}

/** What the proof of the victim says, which must not succeed. */
async function proveVictim(): Promise<string> {
  const words = ['prove', String(victim), '--keys', log.verifierKeysFile];
  const { exitCode, stdout } = await log.bulkhead('log', ...words);
  expect(exitCode).toBe(1);
  return stdout;
}

const edit = (column: 'metadata' | 'payload', position: number, from: string, to: string) =>
  `UPDATE log.events SET ${column} = replace(${column}::text, '${from}', '${to}')::json
    WHERE position = ${position}`;

describe('a log that nobody touched', () => {
  it('verifies against the keys, its own head and every head that was kept', async () => {
    const found = await verifyFromKept();
    const kept = log.heads().length;
    expect(kept).toBeGreaterThanOrEqual(3);
    expect(found).toMatchObject({
      ...{ exitCode: 0, verified: true, size, signedSize: size, keptHeads: kept },
      ...{ origin: 'log.example/test', problem: null, pinnedKeys: true },
    });
    expect(found.rootHash).toBe((await log.get('tree-head')).body.rootHash);
    expect(await serverFinds()).toMatchObject({ verified: true, size, rootHash: found.rootHash });
  });

  it('verifies while it is appended to and its tree grows', async () => {
    await log.whileBuilding(async () => {
      const growing = log.grow(12);
      for (let time = 0; time < 4; time += 1) {
        const found = await verifyFromKept();
        expect(found).toMatchObject({ exitCode: 0, verified: true, problem: null });
        expect(found.size).toBeGreaterThanOrEqual(size);
      }
      await growing;
    });
  });
});

describe('an event of the log', () => {
  it.each([
    ['a byte of its payload', () => edit('payload', victim, 'Tenant', 'Renter')],
    [
      'a byte of its metadata',
      () => edit('metadata', victim, '"kind":"operator"', '"kind":"operatos"'),
    ],
    [
      'the time at which it happened',
      () =>
        `UPDATE log.events SET occurred_at = occurred_at - interval '1 ms' WHERE position = ${victim}`,
    ],
    [
      'its type',
      () => `UPDATE log.events SET type = 'TenantRegistereD' WHERE position = ${victim}`,
    ],
    ['its tenant', () => `UPDATE log.events SET tenant = NULL WHERE position = ${victim}`],
    [
      'its id',
      () => `UPDATE log.events SET event_id = gen_random_uuid() WHERE position = ${victim}`,
    ],
  ])('is named by its position when %s was edited', async (_, statement) => {
    const before = await log.admin.query(`SELECT * FROM log.events WHERE position = ${victim}`);
    await intruder.tamper(statement());
    const after = await log.admin.query(`SELECT * FROM log.events WHERE position = ${victim}`);
    expect(after.rows).not.toEqual(before.rows);
    expect(await verify()).toMatchObject(bad('leaf-differs', victim));
    expect(await proveVictim()).toContain(`position ${victim} is not the one that was signed`);
    expect(await serverFinds()).toMatchObject({ verified: false, firstBadPosition: victim });
  });

  it('is named by its position when its time of recording was put back', async () => {
    await intruder.tamper(
      `UPDATE log.events SET recorded_at = recorded_at - interval '1 hour' WHERE position = ${victim}`,
    );
    expect(await verify()).toMatchObject(bad('recorded-backwards', victim));
  });

  it('is named by its position when its time was set to one that no log writes', async () => {
    await intruder.tamper(
      `UPDATE log.events SET recorded_at = 'infinity' WHERE position = ${victim}`,
    );
    expect(await verify()).toMatchObject(bad('malformed', victim));
  });

  it('that was deleted leaves a gap that is named', async () => {
    await intruder.tamper(`DELETE FROM log.events WHERE position = ${victim}`);
    const found = await verify();
    expect(found).toMatchObject(bad('gap', victim));
    expect(found.problem).toContain(`position ${victim} is missing`);
    expect(await proveVictim()).toContain(
      `the event at position ${victim} is missing from the log; the tree that was signed has its leaf`,
    );
    expect(await serverFinds()).toMatchObject({ verified: false, firstBadPosition: victim });
  });

  it('that changed places with another is named, the first of the two', async () => {
    const next = victim + 1;
    await intruder.tamper(
      `UPDATE log.events SET position = -1 WHERE position = ${victim}`,
      `UPDATE log.events SET position = ${victim} WHERE position = ${next}`,
      `UPDATE log.events SET position = ${next} WHERE position = -1`,
      `UPDATE log.events SET recorded_at = (SELECT recorded_at FROM log.events WHERE position = ${victim}) WHERE position IN (${victim}, ${next})`,
    );
    expect(await verify()).toMatchObject(bad('leaf-differs', victim));
    expect(await serverFinds()).toMatchObject({ verified: false, firstBadPosition: victim });
  });

  it('that was inserted between others is named', async () => {
    await intruder.tamper(
      `UPDATE log.events SET position = -position WHERE position >= ${victim}`,
      `UPDATE log.events SET position = 1 - position WHERE position < 0`,
      `INSERT INTO log.events SELECT ${victim}, gen_random_uuid(), 'ten_invented', 1, tenant, type,
              schema_version, occurred_at, recorded_at, metadata, payload
         FROM log.events WHERE position = ${victim + 1}`,
    );
    expect(await verify()).toMatchObject(bad('leaf-differs', victim));
    expect(await serverFinds()).toMatchObject({ verified: false, firstBadPosition: victim });
  });

  it('that was inserted before all others does not stay hidden', async () => {
    await intruder.tamper(
      `INSERT INTO log.events SELECT 0, gen_random_uuid(), 'ten_invented', 1, tenant, type,
              schema_version, occurred_at, recorded_at, metadata, payload
         FROM log.events WHERE position = 1`,
    );
    expect(await verify()).toMatchObject(bad('malformed', 1));
    expect(await serverFinds()).toMatchObject({ verified: false, firstBadPosition: 1 });
  });
});

describe('a log whose end was cut off', () => {
  const cut = (from: number) => `DELETE FROM log.events WHERE position > ${from}`;

  it('is shorter than its own tree head', async () => {
    await intruder.tamper(cut(size - 2));
    expect(await verify()).toMatchObject(bad('truncated', size - 1, size));
    expect(await serverFinds()).toMatchObject({ verified: false, firstBadPosition: size - 1 });
  });

  it('together with its heads is shorter than a head that was kept', async () => {
    await intruder.tamper(cut(middle), `DELETE FROM tree.heads WHERE size > ${middle}`);
    expect(await verify()).toMatchObject({ exitCode: 0, size: middle });
    const found = await verifyFromKept();
    expect(found.exitCode).toBe(1);
    expect([found.kind, found.firstBadPosition]).toEqual(['truncated', middle + 1]);
    expect(found.problem).toMatch(/older copy/);
  });
});

describe('a database that was rolled back to an older copy', () => {
  it('agrees with itself, but not with a head that was kept', async () => {
    await intruder.restore('older_copy');
    expect(await verify()).toMatchObject({ exitCode: 0, verified: true, size: early });
    expect(await serverFinds()).toMatchObject({ verified: true, size: early });
    const found = await verifyFromKept();
    expect(found).toMatchObject({ exitCode: 1, kind: 'truncated', firstBadPosition: early + 1 });
  });

  it('and has grown since then is told apart between the heads around the moment of the copy', async () => {
    await intruder.restore('older_copy');
    await log.grow(24);
    await intruder.rebuildTree(log.settings.signer);
    expect(await verify()).toMatchObject({ exitCode: 0, verified: true });
    const found = await verifyFromKept();
    expect(found).toMatchObject(bad('root-differs', early + 1, middle));
  });
});

describe('a log that was rewritten with everything in the database made to fit', () => {
  /** Draws a key in the name of the log. */
  function stranger(): NoteSigner {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    return noteSigner('log.example/test', pem);
  }

  const rewrite = async (signer: NoteSigner, position = victim) => {
    await intruder.tamper(edit('payload', position, 'Tenant', 'Renter'));
    await intruder.rebuildTree(signer);
  };

  it('by somebody without the key has heads that no pinned key has signed', async () => {
    await rewrite(stranger());
    const found = await verify();
    expect(found).toMatchObject({ exitCode: 1, verified: false, kind: 'untrusted-head' });
    expect(found.problem).toContain('no known key has signed it');
    expect((await serverFinds()).problem).toContain('no known key has signed it');
    const head = await log.bulkhead('log', 'tree-head', '--keys', log.verifierKeysFile);
    expect([head.exitCode, head.stdout]).toEqual([1, '']);
    expect(head.stderr).toContain('The tree head of the server cannot be trusted');
    expect(await verifyFromKept()).toMatchObject(bad('root-differs', middle + 1, size));
  });

  it('and whose server names the key of the one who did it does not open the heads that were kept', async () => {
    const signer = stranger();
    await rewrite(signer);
    const genuine = readFileSync(log.verifierKeysFile, 'utf8');
    writeFileSync(log.verifierKeysFile, `${signer.verifier.verifierKey}\n`);
    try {
      const trusting = await log.bulkhead('log', 'verify');
      expect(trusting.exitCode).toBe(0);
      expect(trusting.stderr).toContain('whoever changed the log could have changed them too');
      const kept = await log.bulkhead('log', 'verify', '--from', log.history);
      expect(kept.exitCode).toBe(1);
      expect(kept.stdout).toContain('cannot be trusted: line 1: no known key has signed it');
      const keys = join(folder, 'pinned-keys');
      writeFileSync(keys, genuine);
      expect((await log.bulkhead('log', 'verify', '--keys', keys)).exitCode).toBe(1);
    } finally {
      writeFileSync(log.verifierKeysFile, genuine);
    }
  });

  it('by somebody who has the key differs from a head that was kept, between two of them', async () => {
    await rewrite(log.settings.signer);
    expect(await verify()).toMatchObject({ exitCode: 0, verified: true });
    expect(await serverFinds()).toMatchObject({ verified: true });
    expect(await verifyFromKept()).toMatchObject(bad('root-differs', middle + 1, size));
    await intruder.restore('untouched');
    await rewrite(log.settings.signer, early + 2);
    expect(await verifyFromKept()).toMatchObject(bad('root-differs', early + 1, middle));
  });

  it('is found by the one tree head that an auditor had asked for before', async () => {
    const file = join(folder, 'kept.tree-head');
    const asked = await log.bulkhead('log', 'tree-head', '-o', file);
    expect(asked).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`${size} events`) });
    expect((await verify('--from', file)).exitCode).toBe(0);
    await rewrite(log.settings.signer);
    expect(await verify('--from', file)).toMatchObject(bad('root-differs', 1, size));
  });
});

describe('a stored tree that was changed', () => {
  it('is told apart from a changed log, because a head agrees with the events', async () => {
    await intruder.tamper(
      `CREATE TEMP TABLE changed AS SELECT level, index, substring(hashes FOR 32 * ${victim - 1}) || sha256('x') || substring(hashes FROM 32 * ${victim} + 1) AS hashes FROM tree.tiles WHERE level = 0`,
      'DELETE FROM tree.tiles WHERE level = 0',
      'INSERT INTO tree.tiles SELECT * FROM changed',
    );
    expect(await verify()).toMatchObject(bad('stored-tree-differs', victim));
    const neighbour = victim % 2 === 0 ? victim - 1 : victim + 1;
    const words = ['prove', String(neighbour), '--keys', log.verifierKeysFile];
    const proof = await log.bulkhead('log', ...words);
    expect(proof.exitCode).toBe(1);
    expect(proof.stdout).toContain('is not in the tree that was signed');
  });

  it('or has lost a tile is told apart likewise, and names the tile', async () => {
    await intruder.tamper('DELETE FROM tree.tiles WHERE level = 0');
    const found = await verify();
    expect(found).toMatchObject({ exitCode: 1, verified: false, kind: 'stored-tree-differs' });
    expect(found.problem).toMatch(/^the stored tree lacks tile 0\/0, .*the log itself agrees$/);
    expect(await serverFinds()).toMatchObject({ verified: false, problem: found.problem });
  });
});
