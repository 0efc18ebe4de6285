import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { historyLine, treeHeadsFrom, treeHeadsIn } from './head-history.js';
import { noteSigner, parseVerifierKey, parseVerifierKeys, WrongNoteKey } from './note-key.js';
import { NoteRefused, openNote, signNote } from './signed-note.js';
import { EMPTY_ROOT } from './tree-hash.js';
import { openTreeHead, signTreeHead } from './tree-head.js';

/** The example of Go's package golang.org/x/mod/sumdb/note, made by software that is not ours. */
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_NOTE = `${GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
const GO_SUM_KEY = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';

const ORIGIN = 'log.example/bulkhead';
const pem = (type: 'ed25519' | 'x25519' = 'ed25519') =>
  generateKeyPairSync(type as 'ed25519').privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
const signer = (name = ORIGIN) => noteSigner(name, pem());
const head = { size: 7, rootHash: EMPTY_ROOT };

describe('a signed note', () => {
  it('of other software is opened, with the key as that software writes it', () => {
    const verifier = parseVerifierKey(GO_KEY);
    expect(openNote(GO_NOTE, [verifier])).toEqual({ text: GO_TEXT, signedBy: [verifier] });
    expect(parseVerifierKey(GO_SUM_KEY).name).toBe('sum.golang.org');
  });

  it('is refused when a byte of its text has changed', () => {
    const note = GO_NOTE.replace('problem,', 'problem;');
    expect(() => openNote(note, [parseVerifierKey(GO_KEY)])).toThrow(
      'the signature of PeterNeumann+c74f20a3 is wrong',
    );
  });

  it('is refused when only unknown keys have signed it, which are named', () => {
    expect(() => openNote(GO_NOTE, [signer().verifier])).toThrow(
      'no known key has signed it, only: PeterNeumann+c74f20a3',
    );
  });

  it('may have signatures of others, but a wrong one of a known key spoils it', () => {
    const [ours, theirs] = [signer(), signer('witness.example')];
    const note = signNote('text\n', ours);
    const cosigned = note + signNote('text\n', theirs).slice('text\n\n'.length);
    expect(openNote(cosigned, [ours.verifier]).signedBy).toEqual([ours.verifier]);
    expect(openNote(cosigned, [theirs.verifier, ours.verifier]).signedBy).toHaveLength(2);
    const spoilt = note + signNote('other\n', theirs).slice('other\n\n'.length);
    expect(() => openNote(spoilt, [ours.verifier, theirs.verifier])).toThrow(NoteRefused);
  });

  it.each([
    ['nothing', ''],
    ['no signature', 'text\n'],
    ['no line end', GO_NOTE.trimEnd()],
    ['a signature line without its mark', GO_NOTE.replace('— ', '- ')],
    ['a signature that is not base64', GO_NOTE.replace('nAM=', 'n!M=')],
    ['a signature without bytes', `${GO_TEXT}\n— PeterNeumann x08goA==\n`],
    ['too many signatures', `text\n\n${'— a x08go/ZJ\n'.repeat(65)}`],
    ['a text without bound', `${'t'.repeat(70_000)}\n\n— a x08go/ZJ\n`],
  ])('is refused when it is malformed: %s', (_, note) => {
    expect(() => openNote(note, [parseVerifierKey(GO_KEY)])).toThrow(NoteRefused);
  });
});

describe('a verifier key', () => {
  it('is read back as it was written', () => {
    const { verifier } = signer();
    const again = parseVerifierKey(verifier.verifierKey);
    expect(again.verifierKey).toBe(verifier.verifierKey);
    expect(again.keyId).toEqual(verifier.keyId);
  });

  it('is refused when its name, its hash or its key is not what belongs together', () => {
    for (const wrong of [
      GO_KEY.replace('Peter', 'Petra'),
      GO_KEY.replace('c74f', 'c74e'),
      GO_KEY.replace('ARpc', 'AhpC'),
      GO_KEY.slice(0, -4),
      `${GO_KEY}=`,
      'nothing',
      '',
    ]) {
      expect(() => parseVerifierKey(wrong)).toThrow(WrongNoteKey);
    }
  });

  it('is one of a list, the current one first, with remarks between', () => {
    const keys = [signer(), signer()].map(({ verifier }) => verifier.verifierKey);
    const file = `# since May\n${keys[0]}\n\n# until May\n${keys[1]}\r\n`;
    expect(parseVerifierKeys(file).map(({ verifierKey }) => verifierKey)).toEqual(keys);
    expect(() => parseVerifierKeys('# none\n')).toThrow('there is no verifier key');
  });
});

describe('a signing key', () => {
  it('must be an Ed25519 key, and is never repeated', () => {
    expect(() => noteSigner(ORIGIN, 'secret words')).toThrow('the key is not a private key in PEM');
    expect(() => noteSigner(ORIGIN, pem('x25519'))).toThrow('of type x25519, not ed25519');
    expect(() => noteSigner(ORIGIN, 'secret words')).not.toThrow('secret words');
  });

  it('must have a name that can stand in a line and between plus signs', () => {
    for (const name of ['', 'two words', 'a+b', 'line\nend', 'x'.repeat(201)]) {
      expect(() => signer(name)).toThrow(WrongNoteKey);
    }
  });
});

describe('a tree head', () => {
  it('is origin, size and root hash, signed', () => {
    const key = signer();
    const { signedNote } = signTreeHead(head, key);
    const lines = signedNote.split('\n');
    expect(lines.slice(0, 4)).toEqual([ORIGIN, '7', EMPTY_ROOT.toString('base64'), '']);
    expect(lines[4]).toMatch(`— ${ORIGIN} `);
    expect(openTreeHead(signedNote, [key.verifier])).toEqual(signTreeHead(head, key));
  });

  it('stays valid when the key is followed by another, and the new one counts for new heads', () => {
    const [old, current] = [signer(), signer()];
    const verifiers = [current.verifier, old.verifier];
    for (const key of [old, current]) {
      const opened = openTreeHead(signTreeHead(head, key).signedNote, verifiers);
      expect(opened.signedBy).toEqual([key.verifier]);
    }
    expect(() => openTreeHead(signTreeHead(head, old).signedNote, [current.verifier])).toThrow(
      'no known key has signed it',
    );
  });

  it('of another log is refused, even signed by a key that we know', () => {
    const [ours, theirs] = [signer(), signer('other.example')];
    const forged = signNote(`${ORIGIN}\n7\n${EMPTY_ROOT.toString('base64')}\n`, theirs);
    expect(() => openTreeHead(forged, [ours.verifier, theirs.verifier])).toThrow(
      `it is a tree head of ${ORIGIN}, signed in the name of other.example`,
    );
  });

  it.each([
    ['a size that is no number', `${ORIGIN}\nseven\n${EMPTY_ROOT.toString('base64')}\n`],
    ['a size with a leading zero', `${ORIGIN}\n07\n${EMPTY_ROOT.toString('base64')}\n`],
    ['a size beyond what numbers can hold', `${ORIGIN}\n9999999999999999\nAAAA\n`],
    ['a root hash that is too short', `${ORIGIN}\n7\nAAAA\n`],
    ['no root hash', `${ORIGIN}\n7\n`],
  ])('is refused when it is malformed: %s', (_, text) => {
    const key = signer();
    expect(() => openTreeHead(signNote(text, key), [key.verifier])).toThrow(NoteRefused);
  });

  it('may carry extension lines of other software', () => {
    const key = signer();
    const text = `${ORIGIN}\n7\n${EMPTY_ROOT.toString('base64')}\nextension\n`;
    expect(openTreeHead(signNote(text, key), [key.verifier]).size).toBe(7);
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return null;
}

describe('a history of tree heads', () => {
  const key = signer();
  const line = (size: number) =>
    historyLine({ ...signTreeHead({ ...head, size }, key), signedAtMs: 1_750_000_000_000 });

  it('is read with all its heads, oldest first, and so is a single head', () => {
    const history = `${line(3)}\n${line(9)}\n${line(5)}\n`;
    expect(treeHeadsIn(history, [key.verifier]).map(({ size }) => size)).toEqual([3, 5, 9]);
    const single = signTreeHead(head, key).signedNote;
    expect(treeHeadsIn(single, [key.verifier]).map(({ size }) => size)).toEqual([7]);
  });

  it('passes over a last line that a crash cut off, and refuses any other that is not a head', () => {
    const history = `${line(3)}\n${line(9).slice(0, 50)}`;
    expect(treeHeadsIn(history, [key.verifier])).toHaveLength(1);
    expect(() => treeHeadsIn(`${history}\n`, [key.verifier])).toThrow('line 2: it is not JSON');
    const forged = line(9).replace('\\n9\\n', '\\n8\\n');
    expect(() => treeHeadsIn(`${line(3)}\n${forged}\n`, [key.verifier])).toThrow(
      /^line 2: the signature of .* is wrong$/,
    );
  });

  it('tells its reader of a last line that was cut off, and passes over empty ones', async () => {
    const cut: number[] = [];
    async function* chunks() {
      yield `\n${line(3)}\r\n\n${line(9)}\n${line(5).slice(0, 50)}`;
    }
    const sizes: number[] = [];
    const told = (nr: number) => cut.push(nr);
    for await (const { size } of treeHeadsFrom(chunks(), [key.verifier], told)) sizes.push(size);
    expect([sizes, cut]).toEqual([[3, 9], [5]]);
  });

  const note = signTreeHead(head, key).signedNote;
  it.each([
    ['nothing', '', 'it is empty'],
    ['blanks', ' \n\n', 'it is empty'],
    ['a list of keys', `# ours\n${key.verifier.verifierKey}\n`, 'line 2: it is a verifier key'],
    ['an empty line first', `\n${note}`, 'line 1: it is empty'],
    ['other line ends', note.replaceAll('\n', '\r\n'), 'line 1: it ends with CR LF'],
    ['a byte order mark', `\ufeff${note}`, 'line 1: it begins with a byte order mark'],
    ['half of a head', note.slice(0, 30), 'its end is missing, the file was cut off'],
    ['no signature', `${note.split('\n\n')[0]}\n`, 'line 3: the file ends here'],
    ['an empty line last', `${note}\n`, 'line 6: it is empty, where a signature'],
    ['text of another kind', '{"a":1}\n', 'line 1: it is not JSON with a signedNote'],
  ])('is called unreadable, not untrusted, where the file holds %s', (_, text, why) => {
    const error = caught(() => treeHeadsIn(text, [key.verifier]));
    expect(error).toMatchObject({ name: 'NoteRefused', kind: 'unreadable' });
    expect((error as Error).message).toContain(why);
  });

  it('is called untrusted where it is a tree head, but nobody whom we know has signed it so', () => {
    for (const text of [note.replace('\n7\n', '\n8\n'), signTreeHead(head, signer()).signedNote]) {
      expect(caught(() => treeHeadsIn(text, [key.verifier]))).toMatchObject({ kind: 'untrusted' });
    }
  });

  it('is read to its very end where a copy lacks the last line end', () => {
    const history = `${line(3)}\n${line(9)}`;
    expect(treeHeadsIn(history, [key.verifier]).map(({ size }) => size)).toEqual([3, 9]);
    const forged = line(9).replace('\\n9\\n', '\\n8\\n');
    expect(() => treeHeadsIn(forged, [key.verifier])).toThrow('line 1: the signature of');
  });

  async function sizesFrom(text: string, chunkChars: number): Promise<number[]> {
    async function* chunks() {
      for (let at = 0; at < text.length; at += chunkChars) yield text.slice(at, at + chunkChars);
    }
    const sizes: number[] = [];
    for await (const { size } of treeHeadsFrom(chunks(), [key.verifier])) sizes.push(size);
    return sizes;
  }

  it('is read chunk by chunk in its own order, wherever it is cut', async () => {
    const history = `${line(3)}\n${line(9)}\n${line(5)}\n`;
    const single = signTreeHead(head, key).signedNote;
    for (const chunkChars of [1, 7, 100, history.length]) {
      expect(await sizesFrom(history, chunkChars)).toEqual([3, 9, 5]);
      expect(await sizesFrom(history.slice(0, -1), chunkChars)).toEqual([3, 9, 5]);
      expect(await sizesFrom(history.slice(0, -20), chunkChars)).toEqual([3, 9]);
      expect(await sizesFrom(single, chunkChars)).toEqual([7]);
    }
    await expect(sizesFrom('', 1)).rejects.toBeInstanceOf(NoteRefused);
    await expect(sizesFrom(line(3).slice(0, 50), 7)).rejects.toThrow('no whole one');
  });

  it('is refused where a line has no end, instead of read into memory whole', async () => {
    const endless = `${line(3)}\n{"signedNote":"${'x'.repeat(200_000)}`;
    await expect(sizesFrom(endless, 10_000)).rejects.toThrow('line 2: it is longer than any');
  });

  it('is refused where no whole head is left of it, instead of taken for agreement', () => {
    expect(() => treeHeadsIn(line(9).slice(0, 50), [key.verifier])).toThrow(NoteRefused);
    expect(() => treeHeadsIn(line(9).slice(0, 50), [key.verifier])).toThrow('no whole one');
    expect(() => treeHeadsIn('', [key.verifier])).toThrow(NoteRefused);
  });
});
