import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  canonicalLeaf,
  hashLeafText,
  historyLine,
  noteSigner,
  type SignedTreeHead,
  signTreeHead,
  TreeEdge,
} from '@bulkhead/event-store/proof';
import pc from 'picocolors';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { sampleEntries } from '../../../../libs/event-store/src/proof/sample-entries.contract.js';
import { verificationLines } from '../output/log-lines.js';
import type { KeptHeads } from './kept-heads.js';
import { fileBytes, LogFileProblem, textIn } from './log-files.js';
import { verifyLog } from './verify-log.js';

const LOG = sampleEntries(60);
const folder = mkdtempSync(join(tmpdir(), 'bulkhead-kept-'));
const path = join(folder, 'tree-heads.ndjson');
function anyPem(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
const signer = noteSigner('log.example', anyPem());
afterAll(() => rmSync(folder, { recursive: true }));

const roots = (() => {
  const edge = TreeEdge.empty();
  return LOG.map((entry) => {
    edge.append(hashLeafText(canonicalLeaf(entry)));
    return edge.root();
  });
})();

const headOf = (size: number, rootHash = roots[size - 1] as Buffer, by = signer) =>
  signTreeHead({ size, rootHash }, by);
const lineOf = (head: SignedTreeHead) => `${historyLine({ ...head, signedAtMs: 1 })}\n`;
const keep = (...heads: SignedTreeHead[]) => writeFileSync(path, heads.map(lineOf).join(''));

async function* entries() {
  yield* LOG;
}

function verify(own = headOf(60), chunks = () => textIn(path)) {
  return verifyAgainst([{ name: 'tree-heads.ndjson', chunks }], own);
}

function verifyAgainst(
  kept: readonly KeptHeads[],
  own: SignedTreeHead | null = headOf(60),
  { verifiers = [signer.verifier], mayEndUnsigned = true } = {},
) {
  const ownHead = own?.signedNote ?? null;
  return verifyLog({ entries: entries(), verifiers, ownHead, kept, mayEndUnsigned });
}

/** Heads that somebody kept in a file of that name. */
function keptAs(name: string, ...heads: SignedTreeHead[]): KeptHeads {
  async function* chunks() {
    yield heads.map(lineOf).join('');
  }
  return { name, chunks };
}

describe('a history of tree heads that somebody kept', () => {
  beforeEach(() => keep(headOf(10), headOf(20), headOf(60)));

  it('is compared head by head with the log and with the log’s own head', async () => {
    expect(await verify()).toMatchObject({ verified: true, keptHeads: 3, signedSize: 60 });
    expect(await verify(headOf(15))).toMatchObject({ verified: true, signedSize: 60 });
  });

  it('may have heads out of order, and each of them counts', async () => {
    keep(headOf(40), headOf(10), headOf(60), headOf(20));
    expect(await verify()).toMatchObject({ verified: true, keptHeads: 4, signedSize: 60 });
    keep(headOf(40), headOf(10), headOf(60), headOf(20, roots[0]));
    expect(await verify()).toMatchObject({
      verified: false,
      kind: 'root-differs',
      firstBadPosition: 11,
      lastBadPosition: 20,
    });
  });

  it('shows two histories, within itself and against the log’s own head', async () => {
    expect(await verify(headOf(60, roots[0]))).toMatchObject({
      verified: false,
      kind: 'forked-heads',
      keptHeads: 3,
    });
    keep(headOf(10), headOf(20), headOf(20, roots[0]));
    expect(await verify()).toMatchObject({
      verified: false,
      kind: 'forked-heads',
      firstBadPosition: 11,
    });
  });

  it('is refused as a whole where one line cannot be trusted, before any entry counts', async () => {
    appendFileSync(path, lineOf(headOf(30)).replace('\\n30\\n', '\\n31\\n'));
    const verification = await verify();
    expect(verification).toMatchObject({ verified: false, kind: 'untrusted-head', size: 0 });
    expect(verification.problem).toMatch(
      /^tree-heads\.ndjson cannot be trusted: line 4: the signature of .* is wrong$/,
    );
  });

  it('counts as it was when the check began, whatever a worker adds to it meanwhile', async () => {
    let reads = 0;
    const growing = () => {
      reads += 1;
      if (reads === 2) appendFileSync(path, lineOf(headOf(70, roots[0])));
      return textIn(path);
    };
    expect(await verify(headOf(60), growing)).toMatchObject({ verified: true, keptHeads: 3 });
    expect(reads).toBe(2);
  });

  it('verifies nothing where it is cut or replaced between its two readings', async () => {
    for (const change of [
      () => keep(headOf(10)),
      () => writeFileSync(path, '{"signedNote":"another"}\n'),
    ]) {
      keep(headOf(10), headOf(20));
      let reads = 0;
      const changing = () => {
        reads += 1;
        if (reads === 2) change();
        return textIn(path);
      };
      await expect(verify(headOf(60), changing)).rejects.toThrow(
        'tree-heads.ndjson was changed while it was read',
      );
    }
  });
});

describe('several files of kept tree heads', () => {
  const FIRST = keptAs('first', headOf(10), headOf(40));
  const SECOND = keptAs('second', headOf(60), headOf(20));

  it('are all compared, each head at its size, and the answer names every file', async () => {
    const found = await verifyAgainst([FIRST, SECOND]);
    expect(found).toMatchObject({ verified: true, keptHeads: 4 });
    expect(found.kept).toEqual([
      { file: 'first', origin: 'log.example', heads: 2 },
      { file: 'second', origin: 'log.example', heads: 2 },
    ]);
  });

  it('each find what only they know, whichever is named last', async () => {
    const wrong = keptAs('wrong', headOf(30, roots[0]));
    for (const kept of [
      [wrong, FIRST],
      [FIRST, wrong],
    ]) {
      const found = await verifyAgainst(kept);
      expect(found).toMatchObject({ verified: false, kind: 'root-differs', firstBadPosition: 11 });
    }
    const forked = await verifyAgainst([FIRST, keptAs('other', headOf(40, roots[0]))]);
    expect(forked).toMatchObject({ verified: false, kind: 'forked-heads' });
  });
});

describe('a log that was given another name, as after a restore', () => {
  const renamed = noteSigner('log.example/restored', anyPem());
  const both = { verifiers: [renamed.verifier, signer.verifier] };
  const own = headOf(60, roots[59], renamed);

  it('agrees with the heads of its earlier name, which the answer says', async () => {
    const kept = [keptAs('old', headOf(10), headOf(60)), keptAs('new', own)];
    const found = await verifyAgainst(kept, own, both);
    expect(found).toMatchObject({
      ...{ verified: true, origin: 'log.example/restored', signedBy: 'log.example/restored' },
      keptHeads: 3,
    });
    expect(verificationLines(found, pc.createColors(false)).slice(1)).toEqual([
      '  signed    60 of them by log.example/restored',
      '  kept      2 tree heads agree under its earlier name log.example (old)',
      '  kept      1 tree head agrees (new)',
    ]);
  });

  it('does not agree with a head of its earlier name that has another root, or covers more', async () => {
    const differs = await verifyAgainst([keptAs('old', headOf(30, roots[0]))], own, both);
    expect(differs).toMatchObject({ verified: false, kind: 'root-differs', lastBadPosition: 30 });
    expect(differs.problem).toMatch(
      / \(so says the tree head of size 30 under the name log\.example\)$/,
    );
    const linesOf = (found: typeof differs) => verificationLines(found, pc.createColors(false));
    expect(linesOf(differs)[0]).toBe('NOT VERIFIED  first bad position between 1 and 30');
    expect(linesOf(differs).at(-1)).toMatch(/More kept heads .*: --from tree-heads\.ndjson/);
    const longer = await verifyAgainst([keptAs('old', headOf(70, roots[0]))], own, both);
    expect(linesOf(longer).join()).not.toContain('More kept heads');
    expect(longer).toMatchObject({ verified: false, kind: 'truncated', firstBadPosition: 61 });
    expect(longer.problem).toContain('under the name log.example');
    const forked = await verifyAgainst([keptAs('old', headOf(60, roots[0]))], own, both);
    expect(forked).toMatchObject({ verified: false, kind: 'root-differs', firstBadPosition: 1 });
    expect(forked.problem).toMatch(/under the name log\.example\).*has shown two histories$/);
  });

  it('is not vouched for by an earlier name whose key nobody has given', async () => {
    const found = await verifyAgainst([keptAs('old', headOf(10))], own, {
      verifiers: [renamed.verifier],
    });
    expect(found).toMatchObject({ verified: false, kind: 'untrusted-head' });
  });
});

describe('entries that no tree head covers', () => {
  const found = (mayEndUnsigned: boolean, ...kept: KeptHeads[]) =>
    verifyAgainst(kept, headOf(50), { mayEndUnsigned });

  it('are not verified in an export, and the first of them is named', async () => {
    const refused = await found(false);
    expect(refused).toMatchObject({
      ...{ verified: false, kind: 'unsigned-entries', size: 60, signedSize: 50 },
      ...{ unsignedEntries: 10, firstUnsignedPosition: 51, firstBadPosition: null },
    });
    expect(refused.problem).toMatch(/^no tree head covers positions 51 to 60: they are in order/);
  });

  it('are counted where they may be, as in a log that grows', async () => {
    expect(await found(true)).toMatchObject({
      ...{ verified: true, unsignedEntries: 10, firstUnsignedPosition: 51 },
    });
  });

  it('are none where a kept head covers them', async () => {
    const covered = await found(false, keptAs('kept', headOf(60)));
    expect(covered).toMatchObject({ verified: true, unsignedEntries: 0 });
    expect(covered.firstUnsignedPosition).toBeNull();
  });
});

describe('a file that is no readable tree head', () => {
  it.each([
    ['is empty', '', 'it is empty'],
    ['holds verifier keys', `${signer.verifier.verifierKey}\n`, 'line 1: it is a verifier key'],
    ['was cut off', headOf(60).signedNote.slice(0, 40), 'the file was cut off'],
    ['has other line ends', headOf(60).signedNote.replaceAll('\n', '\r\n'), 'CR LF'],
    ['begins with an empty line', `\n${headOf(60).signedNote}`, 'line 1: it is empty'],
    ['has a broken line', `${lineOf(headOf(10))}{"si\n${lineOf(headOf(60))}`, 'line 2: it is not'],
  ])('is a wrong file, not a changed log, when it %s', async (_, text, why) => {
    writeFileSync(path, text);
    const bytes = await fileBytes(path);
    const verifying = verify(headOf(60), () => textIn(path, bytes));
    await expect(verifying).rejects.toThrow(LogFileProblem);
    await expect(verifying).rejects.toThrow(why);
  });

  it('but for the last line of a copy made while a worker wrote counts, and says so', async () => {
    writeFileSync(path, `${lineOf(headOf(10))}${lineOf(headOf(60)).slice(0, 50)}`);
    const cut: number[] = [];
    const kept = {
      name: 'copy',
      chunks: () => textIn(path),
      onCutLine: (line: number) => cut.push(line),
    };
    expect(await verifyAgainst([kept])).toMatchObject({ verified: true, keptHeads: 1 });
    expect(cut).toEqual([2]);
  });

  it('is read no further than it was when the check began', async () => {
    keep(headOf(10));
    const bytes = await fileBytes(path);
    appendFileSync(path, lineOf(headOf(70, roots[0])));
    expect(await verify(headOf(60), () => textIn(path, bytes))).toMatchObject({ keptHeads: 1 });
  });
});
