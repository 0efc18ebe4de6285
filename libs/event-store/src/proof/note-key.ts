import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** C2SP signed-note: the kind of signature is the first byte of what a verifier key encodes. */
const ED25519 = 1;
const ED25519_KEY_BYTES = 32;
export const KEY_ID_BYTES = 4;
const KEY_NAME_CHARS_MAX = 200;
/** No white space, no plus, nothing invisible: it stands in lines and between plus signs. */
const KEY_NAME = /^[^\s+\p{C}]+$/u;

/** A key, or a list of keys, is not what it should be; the message never repeats a private key. */
export class WrongNoteKey extends Error {
  override readonly name = 'WrongNoteKey';
}

/** What anyone needs to check signatures. */
export interface NoteVerifier {
  readonly name: string;
  /** Tells keys of one name apart: the first bytes of a hash over name and key. */
  readonly keyId: Buffer;
  /** `name+hash+base64`, as other implementations take it. */
  readonly verifierKey: string;
  verify(text: string, signature: Uint8Array): boolean;
}

/** What only the signer has. */
export interface NoteSigner {
  readonly verifier: NoteVerifier;
  sign(text: string): Buffer;
}

/** @throws WrongNoteKey unless it can name a key */
export function checkedKeyName(name: string): string {
  if (KEY_NAME.test(name) && name.length <= KEY_NAME_CHARS_MAX) return name;
  throw new WrongNoteKey(
    `"${name.slice(0, KEY_NAME_CHARS_MAX)}" cannot name a key: it must have 1 to ${KEY_NAME_CHARS_MAX} characters, and no white space or plus sign`,
  );
}

/**
 * The signer of an Ed25519 private key in PEM (PKCS 8).
 * @throws WrongNoteKey
 */
export function noteSigner(name: string, privateKeyPem: string): NoteSigner {
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKeyPem);
  } catch {
    throw new WrongNoteKey('the key is not a private key in PEM');
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new WrongNoteKey(`the key is of type ${key.asymmetricKeyType}, not ed25519`);
  }
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const verifier = verifierOf(checkedKeyName(name), Buffer.from(x, 'base64url'));
  return { verifier, sign: (text) => sign(null, Buffer.from(text), key) };
}

/**
 * The verifier that a line `name+hash+base64` describes.
 * @throws WrongNoteKey
 */
export function parseVerifierKey(text: string): NoteVerifier {
  const [name = '', keyIdHex = '', ...encoded] = text.split('+');
  const bytes = Buffer.from(encoded.join('+'), 'base64');
  if (bytes[0] !== ED25519 || bytes.length !== 1 + ED25519_KEY_BYTES) {
    throw new WrongNoteKey(`"${text}" is not a verifier key name+hash+base64 for Ed25519`);
  }
  const verifier = verifierOf(checkedKeyName(name), bytes.subarray(1));
  if (verifier.keyId.toString('hex') !== keyIdHex || verifier.verifierKey !== text) {
    throw new WrongNoteKey(
      `the hash in the verifier key "${text}" is not that of its name and key`,
    );
  }
  return verifier;
}

/**
 * A file of verifier keys, one a line, the current one first. Empty lines and those that begin with #
 * are left out.
 * @throws WrongNoteKey, also where there is none
 */
export function parseVerifierKeys(text: string): readonly NoteVerifier[] {
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseVerifierKey);
  if (keys.length === 0) throw new WrongNoteKey('there is no verifier key');
  return keys;
}

function verifierOf(name: string, publicKey: Buffer): NoteVerifier {
  const encoded = Buffer.concat([Uint8Array.of(ED25519), publicKey]);
  const digest = createHash('sha256').update(`${name}\n`).update(encoded).digest();
  const keyId = digest.subarray(0, KEY_ID_BYTES);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return {
    name,
    keyId,
    verifierKey: `${name}+${keyId.toString('hex')}+${encoded.toString('base64')}`,
    verify: (text, signature) => verify(null, Buffer.from(text), key, signature),
  };
}
