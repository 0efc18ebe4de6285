import { generateKeyPairSync } from 'node:crypto';
import { noteSigner, parseVerifierKeys } from '@bulkhead/event-store/proof';
import { readIfThere, writePrivateFile } from './private-file.js';

/** Where the keys are; the home of an installation says it. */
interface TreeHeadFiles {
  readonly treeHeadKeyFile: string;
  readonly treeHeadVerifierKeysFile: string;
}

const HEADING =
  '# Who checks the log needs these verifier keys of its tree heads. The first one is the current.\n';

/**
 * Draws the key that signs tree heads, unless it is there, and writes the key by which everybody can
 * check them. The origin names the log and its keys; it stays what it was when the first key was drawn.
 * @throws WrongNoteKey where the origin cannot name a key, or a file holds something else
 */
export function ensureTreeHeadKey(home: TreeHeadFiles, origin: string): void {
  const pem = readIfThere(home.treeHeadKeyFile);
  const verifierKeys = readIfThere(home.treeHeadVerifierKeysFile);
  if (pem !== undefined && verifierKeys !== undefined) return;
  const name = verifierKeys === undefined ? origin : nameIn(verifierKeys);
  addKey(home, name, pem ?? drawKey(), verifierKeys);
}

/**
 * Draws the key that follows. The old verifier key stays in the list, because what it has signed stays
 * true; the old private key is gone. @returns the new verifier key
 * @throws Error where there is no key yet
 */
export function rotateTreeHeadKey(home: TreeHeadFiles): string {
  const verifierKeys = readIfThere(home.treeHeadVerifierKeysFile);
  if (verifierKeys === undefined) {
    throw new Error(`there is no key to follow: ${home.treeHeadVerifierKeysFile} does not exist`);
  }
  return addKey(home, nameIn(verifierKeys), drawKey(), verifierKeys);
}

/** The list first: a worker that already signs with a key that nobody knows would help no one. */
function addKey(home: TreeHeadFiles, name: string, pem: string, verifierKeys = HEADING): string {
  const { verifierKey } = noteSigner(name, pem).verifier;
  const others = verifierKeys.split('\n').filter((line) => !HEADING.startsWith(line));
  writePrivateFile(
    home.treeHeadVerifierKeysFile,
    `${HEADING}${[verifierKey, ...others].join('\n')}\n`,
  );
  writePrivateFile(home.treeHeadKeyFile, pem);
  return verifierKey;
}

function nameIn(verifierKeys: string): string {
  return (parseVerifierKeys(verifierKeys)[0] as { name: string }).name;
}

function drawKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}
