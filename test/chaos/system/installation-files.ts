import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawTreeHeadFiles } from '../../../apps/worker/src/tree/tree-head-settings.contract.js';

/** Keys and tokens of an installation, below its folder. All its processes are given the same ones. */
export interface InstallationFiles {
  readonly folder: string;
  readonly simulatedHosts: string;
  readonly journals: string;
  readonly outputs: string;
  readonly hostToken: string;
  readonly api: Readonly<Record<string, string>>;
  readonly worker: Readonly<Record<string, string>>;
}

export function drawInstallationFiles(folder: string): InstallationFiles {
  const path = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const tree = drawTreeHeadFiles(folder);
  const simulatedHosts = join(folder, 'simulated-hosts');
  const outputs = join(folder, 'outputs');
  for (const made of [simulatedHosts, outputs]) mkdirSync(made);
  const webhookKey = path('webhook-key', randomBytes(32).toString('hex'));
  const hostToken = path('host-token', randomBytes(32).toString('hex'));
  return {
    folder,
    simulatedHosts,
    journals: join(simulatedHosts, 'journals'),
    outputs,
    hostToken,
    api: {
      TOKEN_SIGNING_KEY_FILE: path('signing-key.pem', pem),
      RESPONSE_KEY_FILE: path('response-key', randomBytes(32).toString('hex')),
      TREE_HEAD_VERIFIER_KEYS_FILE: tree.verifierKeysFile,
      WEBHOOK_KEY_FILE: webhookKey,
    },
    worker: {
      SIMULATED_HOST_TOKEN_FILE: hostToken,
      TREE_HEAD_KEY_FILE: tree.keyFile,
      TREE_HEAD_VERIFIER_KEYS_FILE: tree.verifierKeysFile,
      TREE_HEAD_DIR: tree.folder,
      WEBHOOK_KEY_FILE: webhookKey,
    },
  };
}
