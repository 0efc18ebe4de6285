import { generateKeyPairSync } from 'node:crypto';
import { checkedKeyName, noteSigner, parseVerifierKeys } from '@bulkhead/event-store/proof';
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
 * check them. The origin names the log and its keys; only `renameLog` changes it after the first key.
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
 * true; the old private key is gone. `wantedName`, where one is given, must be the log's own: with another
 * name the key would not follow the old one, it would begin another log. @returns the new verifier key
 * @throws Error where there is no key yet, or `wantedName` is not the name of the log
 */
export function rotateTreeHeadKey(home: TreeHeadFiles, wantedName?: string): string {
  const verifierKeys = keysThere(home);
  const name = nameIn(verifierKeys);
  if (wantedName !== undefined && wantedName !== name) {
    throw new Error(
      `TREE_HEAD_ORIGIN is ${wantedName}, but the log is named ${name}, and a key that follows keeps the name. To follow the key, leave TREE_HEAD_ORIGIN out. To give the log that name: npm run keys -- rename-log ${wantedName}`,
    );
  }
  return addKey(home, name, drawKey(), verifierKeys);
}

/** What a log was named, and by which key it goes on. */
export interface Renamed {
  readonly from: string;
  readonly verifierKey: string;
}

/**
 * Gives the log another name, with a key of its own, because a history that is not the signed one must
 * not be signed in the old name. Earlier verifier keys stay in the list.
 * @throws Error where there is no key yet, or the log has or had that name; WrongNoteKey where it is none
 */
export function renameLog(home: TreeHeadFiles, name: string): Renamed {
  const verifierKeys = keysThere(home);
  const from = nameIn(verifierKeys);
  checkedKeyName(name);
  if (parseVerifierKeys(verifierKeys).some((known) => known.name === name)) {
    throw new Error(
      `${name} names this log already, or did before: whoever keeps heads of that name would find two histories under it`,
    );
  }
  return { from, verifierKey: addKey(home, name, drawKey(), verifierKeys) };
}

function keysThere(home: TreeHeadFiles): string {
  const verifierKeys = readIfThere(home.treeHeadVerifierKeysFile);
  if (verifierKeys !== undefined) return verifierKeys;
  throw new Error(`there is no key to follow: ${home.treeHeadVerifierKeysFile} does not exist`);
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
