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
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { sampleEntries } from '../../../../libs/event-store/src/proof/sample-entries.contract.js';
import { textIn } from './log-files.js';
import { verifyLog } from './verify-log.js';

const LOG = sampleEntries(60);
const folder = mkdtempSync(join(tmpdir(), 'bulkhead-kept-'));
const path = join(folder, 'tree-heads.ndjson');
const { privateKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const signer = noteSigner('log.example', pem);
afterAll(() => rmSync(folder, { recursive: true }));

const roots = (() => {
  const edge = TreeEdge.empty();
  return LOG.map((entry) => {
    edge.append(hashLeafText(canonicalLeaf(entry)));
    return edge.root();
  });
})();

const headOf = (size: number, rootHash = roots[size - 1] as Buffer) =>
  signTreeHead({ size, rootHash }, signer);
const lineOf = (head: SignedTreeHead) => `${historyLine({ ...head, signedAtMs: 1 })}\n`;
const keep = (...heads: SignedTreeHead[]) => writeFileSync(path, heads.map(lineOf).join(''));

async function* entries() {
  yield* LOG;
}

function verify(own = headOf(60), chunks = () => textIn(path)) {
  const kept = { name: 'tree-heads.ndjson', chunks };
  const verifiers = [signer.verifier];
  return verifyLog({ entries: entries(), verifiers, ownHead: own.signedNote, kept });
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
