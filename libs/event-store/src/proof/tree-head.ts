import type { NoteSigner, NoteVerifier } from './note-key.js';
import { NoteRefused, openNote, signNote } from './signed-note.js';
import { HASH_BYTES } from './tree-hash.js';

/** What a log says of itself: after `size` events its tree has this root. */
export interface TreeHead {
  /** Names the log, and is the name of the keys that sign for it. */
  readonly origin: string;
  readonly size: number;
  readonly rootHash: Buffer;
}

/** A tree head in the C2SP tlog-checkpoint format, as it is stored, exported and served. */
export interface SignedTreeHead extends TreeHead {
  readonly signedNote: string;
  /** The keys, of those that were asked for, that have signed it. */
  readonly signedBy: readonly NoteVerifier[];
}

const SIZE = /^(?:0|[1-9][0-9]{0,15})$/;

/** Signs a tree head in the name of the signer's key. */
export function signTreeHead(
  { size, rootHash }: Pick<TreeHead, 'size' | 'rootHash'>,
  signer: NoteSigner,
): SignedTreeHead {
  const origin = signer.verifier.name;
  const signedNote = signNote(treeHeadText({ origin, size, rootHash }), signer);
  return { origin, size, rootHash, signedNote, signedBy: [signer.verifier] };
}

/**
 * The tree head that a text holds, signed by at least one of these keys.
 * @throws NoteRefused where it is malformed, or not signed by a key of its own log
 */
export function openTreeHead(
  signedNote: string,
  verifiers: readonly NoteVerifier[],
): SignedTreeHead {
  const { text, signedBy } = openNote(signedNote, verifiers);
  const head = parseTreeHeadText(text);
  // One key may sign for several logs; a head of another one must not pass for ours.
  const own = signedBy.filter(({ name }) => name === head.origin);
  if (own.length === 0) {
    const names = signedBy.map(({ name }) => name).join(', ');
    throw new NoteRefused(`it is a tree head of ${head.origin}, signed in the name of ${names}`);
  }
  return { ...head, signedNote, signedBy: own };
}

function treeHeadText({ origin, size, rootHash }: TreeHead): string {
  return `${origin}\n${size}\n${rootHash.toString('base64')}\n`;
}

/** Lines after the third are extensions, which the format lets readers pass over. */
function parseTreeHeadText(text: string): TreeHead {
  const [origin = '', sizeText = '', root = '', ...extensions] = text.slice(0, -1).split('\n');
  const rootHash = Buffer.from(root, 'base64');
  const size = Number(sizeText);
  if (origin === '' || !SIZE.test(sizeText) || !Number.isSafeInteger(size)) {
    throw new NoteRefused(
      'it is not a tree head: origin, size and root hash, a line each',
      'unreadable',
    );
  }
  if (rootHash.length !== HASH_BYTES || rootHash.toString('base64') !== root) {
    throw new NoteRefused(
      `the root hash of the tree head is not ${HASH_BYTES} bytes in base64`,
      'unreadable',
    );
  }
  if (extensions.includes(''))
    throw new NoteRefused('the tree head has an empty extension line', 'unreadable');
  return { origin, size, rootHash };
}
