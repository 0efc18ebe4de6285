import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readOrMake } from './private-file.js';
import { ensureTreeHeadKey } from './tree-head-keys.js';

const RSA_BITS = 2048;
const KEY_BYTES = 32;

/** Everything that one installation on this machine keeps, and where. */
export interface Home {
  readonly path: string;
  readonly ownerFile: string;
  readonly childrenFile: string;
  readonly tokenSigningKeyFile: string;
  readonly responseKeyFile: string;
  readonly webhookKeyFile: string;
  readonly simulatedHostTokenFile: string;
  readonly treeHeadKeyFile: string;
  readonly treeHeadVerifierKeysFile: string;
  readonly rolePasswordsFile: string;
  /** What a further worker beside this installation has to be told. */
  readonly workerSettingsFile: string;
  readonly setupFile: string;
  readonly credentialsFile: string;
  readonly postgres: string;
  readonly simulatedHosts: string;
  /** Where the worker exports tree heads to: outside of the database that they bear witness to. */
  readonly treeHeads: string;
  readonly logs: string;
  readonly compileCache: string;
}

/** Creates the home's folders for their owner alone, and says where everything in it is. */
export function openHome(path: string): Home {
  const keys = join(path, 'keys');
  const simulatedHosts = join(path, 'simulated-hosts');
  const logs = join(path, 'logs');
  const treeHeads = join(path, 'tree-heads');
  makeFolder(path);
  refuseForeignHome(path);
  chmodSync(path, 0o700);
  for (const folder of [keys, simulatedHosts, logs, treeHeads]) makeFolder(folder);
  return {
    path,
    ownerFile: join(path, 'owner'),
    childrenFile: join(path, 'children.json'),
    tokenSigningKeyFile: join(keys, 'token-signing-key.pem'),
    responseKeyFile: join(keys, 'response-key'),
    webhookKeyFile: join(keys, 'webhook-key'),
    simulatedHostTokenFile: join(keys, 'simulated-host-token'),
    treeHeadKeyFile: join(keys, 'tree-head-key.pem'),
    treeHeadVerifierKeysFile: join(keys, 'tree-head-verifier-keys'),
    rolePasswordsFile: join(keys, 'role-passwords.json'),
    workerSettingsFile: join(path, 'worker-settings'),
    setupFile: join(path, 'setup.json'),
    credentialsFile: join(path, 'credentials.json'),
    postgres: join(path, 'postgres'),
    simulatedHosts,
    treeHeads,
    logs,
    compileCache: join(path, 'compile-cache'),
  };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`BULKHEAD_HOME: the folder ${path} cannot be made (${code}).`);
  }
}

function refuseForeignHome(path: string): void {
  const { uid } = statSync(path);
  const self = process.getuid?.();
  if (self !== undefined && uid !== self) {
    throw new Error(
      `BULKHEAD_HOME ${path} belongs to another user. Start as that user, or set BULKHEAD_HOME.`,
    );
  }
}

/** Draws the keys that are not there yet. They are the installation's identity and stay. */
export function ensureKeys(home: Home, treeHeadOrigin: string): void {
  const randomHex = () => `${randomBytes(KEY_BYTES).toString('hex')}\n`;
  readOrMake(home.tokenSigningKeyFile, () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
    return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  });
  readOrMake(home.responseKeyFile, randomHex);
  readOrMake(home.webhookKeyFile, randomHex);
  readOrMake(home.simulatedHostTokenFile, randomHex);
  ensureTreeHeadKey(home, treeHeadOrigin);
}
