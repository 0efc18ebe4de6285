import { KEY_ID_BYTES, type NoteSigner, type NoteVerifier } from './note-key.js';

/** A text cannot be trusted; the message says why. */
export class NoteRefused extends Error {
  override readonly name = 'NoteRefused';
  /** @param kind `unreadable` where it is no signed text at all, as after a bad copy; nobody need be to blame */
  constructor(
    message: string,
    readonly kind: 'untrusted' | 'unreadable' = 'untrusted',
  ) {
    super(message);
  }
}

/** C2SP signed-note asks readers to accept at least 16 signatures; co-signers are to fit in. */
const SIGNATURES_MAX = 64;
const NOTE_CHARS_MAX = 64 * 1024;
/** An em dash and a space. */
const SIGNATURE_MARK = '\u2014 ';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text, which ends with a line end, followed by its signature. */
export function signNote(text: string, signer: NoteSigner): string {
  if (!text.endsWith('\n')) throw new NoteRefused('the text of a note ends with a line end');
  const { name, keyId } = signer.verifier;
  const signature = Buffer.concat([keyId, signer.sign(text)]).toString('base64');
  return `${text}\n${SIGNATURE_MARK}${name} ${signature}\n`;
}

/** A text, and who of those that were asked for signed it. */
export interface OpenedNote {
  readonly text: string;
  readonly signedBy: readonly NoteVerifier[];
}

/**
 * The text of a note that at least one of these keys has signed. Signatures of other keys say nothing
 * to us and are passed over; a wrong one of a key that we know makes the whole note worthless.
 * @throws NoteRefused
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): OpenedNote {
  const { text, signatures } = splitNote(note);
  const signedBy = new Set<NoteVerifier>();
  for (const { name, keyId, bytes } of signatures) {
    const known = verifiers.find((one) => one.name === name && one.keyId.equals(keyId));
    if (known === undefined) continue;
    if (!known.verify(text, bytes)) {
      throw new NoteRefused(`the signature of ${name}+${keyId.toString('hex')} is wrong`);
    }
    signedBy.add(known);
  }
  if (signedBy.size === 0) {
    const names = signatures.map(({ name, keyId }) => `${name}+${keyId.toString('hex')}`);
    throw new NoteRefused(`no known key has signed it, only: ${names.join(', ')}`);
  }
  return { text, signedBy: [...signedBy] };
}

interface NoteSignature {
  readonly name: string;
  readonly keyId: Buffer;
  readonly bytes: Buffer;
}

function splitNote(note: string) {
  if (note.length > NOTE_CHARS_MAX) {
    throw new NoteRefused(`it is longer than ${NOTE_CHARS_MAX} characters`, 'unreadable');
  }
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) {
    throw new NoteRefused(
      'it is not a signed note: a text, an empty line and signatures',
      'unreadable',
    );
  }
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) {
    throw new NoteRefused(`it has more than ${SIGNATURES_MAX} signatures`, 'unreadable');
  }
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [name = '', encoded = '', ...more] = line.slice(SIGNATURE_MARK.length).split(' ');
  const bytes = Buffer.from(encoded, 'base64');
  const isWhole = line.startsWith(SIGNATURE_MARK) && name !== '' && more.length === 0;
  if (!isWhole || !BASE64.test(encoded) || bytes.length <= KEY_ID_BYTES) {
    throw new NoteRefused(`"${line.slice(0, 100)}" is not a signature line`, 'unreadable');
  }
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES), bytes: bytes.subarray(KEY_ID_BYTES) };
}
