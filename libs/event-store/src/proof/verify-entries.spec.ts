import { describe, expect, it } from 'vitest';
import { canonicalLeaf } from './canonical-leaf.js';
import type { LogFault } from './log-fault.js';
import { MalformedEntry, type RawEntry } from './raw-entry.js';
import { canonical, sampleEntries } from './sample-entries.contract.js';
import { edgeHashes, TreeEdge } from './tree-edge.js';
import { hashLeafText } from './tree-hash.js';
import type { TreeHead } from './tree-head.js';
import { treeOfEntries } from './tree-in-memory.contract.js';
import { type VerifyOptions, verifyEntries } from './verify-entries.js';

const LOG = sampleEntries(900);
const TREE = treeOfEntries(LOG);
const HEADS = [300, 600, 800].map((size) => headOf(LOG, size));

function headOf(log: readonly RawEntry[], size: number): TreeHead {
  const edge = TreeEdge.empty();
  for (const entry of log.slice(0, size)) edge.append(hashLeafText(canonicalLeaf(entry)));
  return { origin: 'log.example', size, rootHash: edge.root() };
}

async function* each(entries: readonly RawEntry[]) {
  yield* entries;
}

async function faultIn(entries: readonly RawEntry[], options: Partial<VerifyOptions> = {}) {
  const verdict = await verifyEntries({ entries: each(entries), heads: HEADS, ...options });
  return verdict.ok ? null : verdict.fault;
}

const withTree = { storedTree: TREE };
const change = (position: number, changed: Partial<RawEntry>) =>
  LOG.with(position - 1, { ...LOG[position - 1]!, ...changed });
/** What an intruder with the owner's rights does to hide an insertion or a deletion. */
const renumbered = (entries: readonly RawEntry[]) =>
  entries.map((entry, nr) => ({ ...entry, position: nr + 1 }));
const exactly = (kind: LogFault['kind'], position: number) =>
  expect.objectContaining({ kind, position, through: position });
const payload = canonical({ nr: 0, note: 'nothing happened' });

describe('a log that nobody touched', () => {
  it('is found whole, and its covered part is told from the rest', async () => {
    const seen: number[] = [];
    const verdict = await verifyEntries({
      entries: each(LOG),
      heads: HEADS,
      ...withTree,
      onProgress: (position) => seen.push(position),
    });
    const { rootHash } = headOf(LOG, 900);
    expect(verdict).toEqual({
      ok: true,
      size: 900,
      rootHash,
      headsMatched: 3,
      coveredThrough: 800,
      lastHead: HEADS[2],
    });
    expect(seen).toEqual([500]);
  });

  it('can be checked from a trusted head on, and then nothing before it is read', async () => {
    const start = { size: 300, edge: await edgeHashes(TREE, 300) };
    const options = { entries: each(LOG.slice(300)), heads: HEADS, start, ...withTree };
    expect(await verifyEntries(options)).toMatchObject({ ok: true, size: 900, headsMatched: 3 });
    const wrong = { size: 300, edge: await edgeHashes(treeOfEntries(change(5, { payload })), 300) };
    expect(await faultIn(LOG.slice(300), { start: wrong })).toMatchObject({ kind: 'root-differs' });
    const unknown = { size: 301, edge: await edgeHashes(TREE, 301) };
    await expect(faultIn(LOG.slice(301), { start: unknown })).rejects.toThrow(
      'no trusted head of size 301 vouches for the start',
    );
  });

  it('that is empty agrees with the head of an empty log', async () => {
    const verdict = await verifyEntries({ entries: each([]), heads: [headOf([], 0)] });
    expect(verdict).toMatchObject({ ok: true, size: 0, headsMatched: 1 });
  });
});

describe('tampering is located at its position', () => {
  it.each([
    ['a byte of a payload', change(410, { payload: LOG[409]!.payload.replace('409', '408') })],
    ['the metadata', change(410, { metadata: LOG[410]!.metadata })],
    [
      'the time at which it was recorded',
      change(410, { recordedAtMs: LOG[409]!.recordedAtMs + 1 }),
    ],
    ['the time at which it happened', change(410, { occurredAtMs: 0 })],
    ['the tenant', change(410, { tenant: 'ten_other' })],
    ['the type', change(410, { type: 'HostLost' })],
    ['the event id', change(410, { eventId: LOG[0]!.eventId })],
    ['the schema version', change(410, { schemaVersion: 2 })],
  ])('when %s was edited', async (_, entries) => {
    expect(await faultIn(entries, withTree)).toEqual(exactly('leaf-differs', 410));
    // Without the stored tree the heads still say between which two of them it happened.
    expect(await faultIn(entries)).toMatchObject({ position: expect.any(Number) });
  });

  it('when a row was deleted', async () => {
    const fault = await faultIn(LOG.toSpliced(409, 1), withTree);
    expect(fault).toEqual(exactly('gap', 410));
    expect(fault?.message).toBe('position 410 is missing: 411 follows 409');
    const several = await faultIn(LOG.toSpliced(409, 3));
    expect(several).toMatchObject({ kind: 'gap', position: 410, through: 412 });
  });

  it('when a row was deleted and the rest renumbered', async () => {
    const entries = renumbered(LOG.toSpliced(409, 1));
    expect(await faultIn(entries, withTree)).toEqual(exactly('leaf-differs', 410));
    expect(await faultIn(entries)).toEqual(exactly('stream-version', 416));
  });

  it('when two rows were swapped', async () => {
    const [one, other] = [LOG[409]!, LOG[410]!];
    const swapped = LOG.with(409, { ...other, position: 410 }).with(410, { ...one, position: 411 });
    expect(await faultIn(swapped, withTree)).toEqual(exactly('leaf-differs', 410));
    expect(await faultIn(swapped)).toMatchObject({
      kind: 'root-differs',
      position: 301,
      through: 600,
    });
  });

  it('when lines changed places, which is told from a loss', async () => {
    const swapped = LOG.with(409, LOG[410]!).with(410, LOG[409]!);
    const fault = await faultIn(swapped, withTree);
    expect(fault).toEqual(exactly('out-of-order', 410));
    expect(fault?.message).toBe(
      'position 410 does not stand after 409, but further behind: entries changed places',
    );
  });

  it('when the one entry between two heads was rewritten', async () => {
    const heads = [headOf(LOG, 409), headOf(LOG, 410)];
    const fault = await faultIn(change(410, { payload }), { heads });
    expect(fault).toEqual(exactly('root-differs', 410));
    expect(fault?.message).toBe('position 410 is not what was signed: it was rewritten');
  });

  it('when a row was inserted', async () => {
    const inserted = { ...LOG[409]!, stream: 'workload-forged', version: 1 };
    const entries = renumbered(LOG.toSpliced(409, 0, inserted));
    expect(await faultIn(entries, withTree)).toEqual(exactly('leaf-differs', 410));
    expect(await faultIn(entries)).toMatchObject({
      kind: 'root-differs',
      position: 301,
      through: 600,
    });
    expect(await faultIn(LOG.toSpliced(409, 0, LOG[408]!))).toEqual(exactly('repeated', 410));
  });

  it('when the bytes are no longer canonical, even with the same meaning', async () => {
    for (const changed of [
      { payload: LOG[409]!.payload.replace('{', '{ ') },
      { payload: '{"b":1,"a":2}' },
      { payload: '{"a":1,"a":2}' },
      { payload: '1.0' },
      { metadata: 'no JSON' },
    ]) {
      expect(await faultIn(change(410, changed))).toEqual(exactly('not-canonical', 410));
    }
  });

  it('when an entry was recorded before the one that it follows', async () => {
    const entries = change(410, { recordedAtMs: LOG[408]!.recordedAtMs - 1 });
    expect(await faultIn(entries)).toEqual(exactly('recorded-backwards', 410));
  });

  it('when a stream leaves out or repeats a version', async () => {
    for (const version of [LOG[409]!.version + 1, LOG[409]!.version - 1]) {
      expect(await faultIn(change(410, { version }))).toEqual(exactly('stream-version', 410));
    }
  });

  it('when a line of an export cannot be read', async () => {
    async function* broken() {
      yield* LOG.slice(0, 409);
      throw new MalformedEntry('the line is not JSON');
    }
    expect(await faultIn([], { entries: broken() })).toEqual(exactly('malformed', 410));
  });

  it('when a time is none that a log can hold', async () => {
    for (const field of ['occurredAtMs', 'recordedAtMs'] as const) {
      expect(await faultIn(change(410, { [field]: Number.NaN }))).toEqual(
        exactly('malformed', 410),
      );
    }
  });

  it('at the first of several places', async () => {
    const entries = change(410, { payload }).toSpliced(450, 1);
    expect(await faultIn(entries, withTree)).toEqual(exactly('leaf-differs', 410));
  });
});

describe('a trusted head finds what is consistent in itself', () => {
  it('locates a rewritten log between the last head that matches and the first that does not', async () => {
    const rewritten = change(410, { payload });
    const storedTree = treeOfEntries(rewritten);
    const fault = await faultIn(rewritten, { storedTree });
    expect(fault).toMatchObject({ kind: 'root-differs', position: 301, through: 600 });
    expect(fault?.message).toMatch(/^positions 301 to 600 are not what was signed/);
  });

  it('finds that the tail was cut off, or that the log is an older copy', async () => {
    const fault = await faultIn(LOG.slice(0, 700), {
      storedTree: treeOfEntries(LOG.slice(0, 700)),
    });
    expect(fault).toMatchObject({ kind: 'truncated', position: 701, through: 800 });
    expect(await faultIn([])).toMatchObject({ kind: 'truncated', position: 1, through: 800 });
  });

  it('finds an older copy that has grown again', async () => {
    const regrown = [...LOG.slice(0, 700), ...LOG.slice(700).map((one) => ({ ...one, payload }))];
    const storedTree = treeOfEntries(regrown);
    const fault = await faultIn(regrown, { storedTree });
    expect(fault).toMatchObject({ kind: 'root-differs', position: 601, through: 800 });
  });

  it('finds two heads of one size that cannot both be true', async () => {
    const other = headOf(change(410, { payload }), 600);
    const fault = await faultIn(LOG, { heads: [...HEADS, other] });
    expect(fault).toMatchObject({ kind: 'forked-heads', position: 301, through: 600 });
  });

  it('tells a damaged stored tree from a damaged log', async () => {
    const storedTree = treeOfEntries(change(410, { payload }));
    expect(await faultIn(LOG, { storedTree })).toEqual(exactly('stored-tree-differs', 410));
    const both = LOG.toSpliced(849, 1);
    expect(await faultIn(both, { storedTree })).toEqual(exactly('gap', 850));
  });

  it.each([
    ['leaf hashes', '0/1', 257, 257],
    ['the roots of tiles', '1/0', 1, 256],
  ])(
    'tells from a damaged log a stored tree that has lost a tile of %s',
    async (_, key, position, through) => {
      const storedTree = treeOfEntries(LOG);
      expect(storedTree.tiles.delete(key)).toBe(true);
      const fault = await faultIn(LOG, { storedTree });
      expect(fault).toMatchObject({ kind: 'stored-tree-differs', position, through });
      expect(fault?.message).toMatch(
        new RegExp(`^the stored tree lacks tile ${key}, .*; the log itself agrees$`),
      );
      expect(await faultIn(change(410, { payload }), { storedTree })).toMatchObject({
        kind: key === '0/1' ? 'root-differs' : 'leaf-differs',
      });
    },
  );

  it('tells a stored tree that was changed above its leaves, where no root shows it', async () => {
    const storedTree = treeOfEntries(LOG);
    const changed = Buffer.from(storedTree.tiles.get('1/0') as Uint8Array).fill(7, 32, 64);
    storedTree.tiles.set('1/0', changed);
    expect(await faultIn(LOG, { storedTree })).toMatchObject({
      kind: 'stored-tree-differs',
      position: 257,
      through: 512,
    });
  });

  it('does not call a tree damaged that has not reached the end of the log yet', async () => {
    const storedTree = treeOfEntries(LOG.slice(0, 830));
    expect(await faultIn(LOG, { storedTree })).toBeNull();
  });

  it('says that an edit after the last head differs from the stored tree', async () => {
    expect(await faultIn(change(850, { payload }), withTree)).toEqual(exactly('leaf-differs', 850));
    expect(await faultIn(change(850, { payload }))).toBeNull();
  });
});

describe('memory', () => {
  const LATE = headOf(LOG, 890);

  /** Heads of a history, and how many of them were asked for before the log had reached them. */
  function history(heads: readonly TreeHead[]) {
    const told = { position: 0, aheadMax: 0 };
    async function* inOrder() {
      for (const [nr, head] of heads.entries()) {
        const reached = heads.filter(({ size }) => size <= told.position).length;
        told.aheadMax = Math.max(told.aheadMax, nr + 1 - reached);
        yield head;
      }
    }
    async function* entries() {
      for (const entry of LOG) {
        told.position = entry.position;
        yield entry;
      }
    }
    return { told, options: { entries: entries(), heads: inOrder() } };
  }

  it('does not hold a history of heads, however long: each is read when the log gets near it', async () => {
    const edge = TreeEdge.empty();
    const heads = LOG.map((entry, nr): TreeHead => {
      edge.append(hashLeafText(canonicalLeaf(entry)));
      return { origin: 'log.example', size: nr + 1, rootHash: edge.root() };
    });
    const { told, options } = history(heads);
    const verdict = await verifyEntries(options);
    expect(verdict).toMatchObject({ ok: true, headsMatched: 900, coveredThrough: 900 });
    expect(told.aheadMax).toBeLessThanOrEqual(2);
  });

  it('of heads does not change what is found: a wrong root, a fork, a cut tail', async () => {
    const found = async (...heads: TreeHead[]) => {
      const verdict = await verifyEntries(history(heads).options);
      return verdict.ok ? null : verdict.fault;
    };
    const other = headOf(change(410, { payload }), 600);
    expect(await found(...HEADS, LATE)).toBeNull();
    const [first, second, third] = HEADS as [TreeHead, TreeHead, TreeHead];
    const from301 = { position: 301, through: 600 };
    expect(await found(first, other, third)).toMatchObject({ kind: 'root-differs', ...from301 });
    expect(await found(first, second, other)).toMatchObject({ kind: 'forked-heads', ...from301 });
    expect(await found(first, { ...LATE, size: 950 }, { ...LATE, size: 990 })).toMatchObject({
      kind: 'truncated',
      position: 901,
      through: 990,
    });
    await expect(found(third, first)).rejects.toThrow('a head of 300 comes after one of 800');
  });

  it('of streams is bounded: one that was forgotten is taken as it comes', async () => {
    const entries = change(410, { version: 99 });
    expect(await faultIn(entries, { heads: [], streamsMax: 7 })).toEqual(
      exactly('stream-version', 410),
    );
    expect(await faultIn(entries, { heads: [], streamsMax: 6 })).toBeNull();
  });
});
