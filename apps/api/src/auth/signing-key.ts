import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

export const SIGNING_ALGORITHM = 'RS256';
const MODULUS_MIN_BITS = 2048;

/** Kept as KeyObjects: a key given as text would be parsed anew for every token. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** RFC 7638 thumbprint, so that the same key has the same name in every process. */
  readonly keyId: string;
  readonly jwk: { readonly kty: string; readonly n: string; readonly e: string };
}

/** @throws Error that names the setting, where the PEM is not an RSA key of at least 2,048 bits */
export function loadSigningKey(pem: string): SigningKey {
  const privateKey = parse(pem);
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (privateKey.asymmetricKeyType !== 'rsa' || bits < MODULUS_MIN_BITS) {
    throw new Error(
      `TOKEN_SIGNING_KEY_FILE: must hold an RSA key of at least ${MODULUS_MIN_BITS} bits`,
    );
  }
  const publicKey = createPublicKey(privateKey);
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const jwk = { kty: 'RSA', n, e };
  // The members of RFC 7638 in their order: e, kty, n.
  const members = JSON.stringify({ e, kty: jwk.kty, n });
  const keyId = createHash('sha256').update(members).digest('base64url');
  return { privateKey, publicKey, keyId, jwk };
}

function parse(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error('TOKEN_SIGNING_KEY_FILE: must hold an RSA private key in PEM form');
  }
}
