import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noteSigner } from '@bulkhead/event-store/proof';
import {
  type TreeHeadFiles,
  type TreeHeadSettings,
  treeHeadSettings,
} from './tree-head-settings.js';

/** Draws a key below a folder, for tests, as `npm run keys` does for an installation. */
export function drawTreeHeadFiles(folder: string, name = 'log.example/test'): TreeHeadFiles {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const files = {
    keyFile: join(folder, 'tree-head-key.pem'),
    verifierKeysFile: join(folder, 'tree-head-verifier-keys'),
    folder: join(folder, 'tree-heads'),
  };
  writeFileSync(files.keyFile, pem);
  writeFileSync(files.verifierKeysFile, `${noteSigner(name, pem).verifier.verifierKey}\n`);
  return files;
}

/** The settings of a worker in a test, with its heads below that folder. */
export function treeHeadsBelow(folder: string): TreeHeadSettings {
  return treeHeadSettings(drawTreeHeadFiles(folder), []) as TreeHeadSettings;
}
