import { readFileSync } from 'node:fs';
import {
  type NoteSigner,
  type NoteVerifier,
  noteSigner,
  parseVerifierKeys,
} from '@bulkhead/event-store/proof';

/** With which key tree heads are signed, which keys count, and where the heads go. */
export interface TreeHeadSettings {
  readonly signer: NoteSigner;
  /** Reads the file of verifier keys anew, because keys may be added while the worker runs. */
  readonly verifiers: () => readonly NoteVerifier[];
  readonly folder: string;
}

export interface TreeHeadFiles {
  readonly keyFile: string;
  readonly verifierKeysFile: string;
  readonly folder: string;
}

/**
 * The signer of the private key, in the name that the verifier keys have. Adds to `problems`, by the name
 * of the setting, what is wrong.
 */
export function treeHeadSettings(
  { keyFile, verifierKeysFile, folder }: TreeHeadFiles,
  problems: string[],
): TreeHeadSettings | null {
  const verifiers = () => parseVerifierKeys(readFileSync(verifierKeysFile, 'utf8'));
  const attempt = <T>(setting: string, file: string, act: () => T): T | null => {
    try {
      return act();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = code === undefined ? `is wrong: ${message}` : `cannot be read (${code})`;
      problems.push(`${setting} names the file ${file}, which ${why}`);
      return null;
    }
  };
  const known = attempt('TREE_HEAD_VERIFIER_KEYS_FILE', verifierKeysFile, verifiers);
  const pem = attempt('TREE_HEAD_KEY_FILE', keyFile, () => readFileSync(keyFile, 'utf8'));
  const [current] = known ?? [];
  if (known === null || pem === null || current === undefined) return null;
  const signer = attempt('TREE_HEAD_KEY_FILE', keyFile, () => noteSigner(current.name, pem));
  if (signer === null) return null;
  if (known.some(({ verifierKey }) => verifierKey === signer.verifier.verifierKey)) {
    return { signer, verifiers, folder };
  }
  problems.push(
    `TREE_HEAD_VERIFIER_KEYS_FILE names the file ${verifierKeysFile}, which lacks the verifier key of TREE_HEAD_KEY_FILE: ${signer.verifier.verifierKey}`,
  );
  return null;
}
