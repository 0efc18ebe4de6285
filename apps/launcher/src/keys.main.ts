import { ensureKeys, openHome } from './home/home.js';
import { rotateTreeHeadKey } from './home/tree-head-keys.js';
import { readSettings } from './settings.js';

const USAGE = `Usage: npm run keys                          draw the keys that are not there yet
       npm run keys -- rotate-tree-head-key  draw the key that signs tree heads from now on`;

/**
 * Draws the keys of an installation without a launcher below BULKHEAD_HOME, unless they are
 * there, and prints the settings by which the processes find them.
 */
function drawKeys(): void {
  const settings = readSettings(process.env);
  const home = openHome(settings.BULKHEAD_HOME);
  ensureKeys(home, settings.TREE_HEAD_ORIGIN);
  console.log(`TOKEN_SIGNING_KEY_FILE=${home.tokenSigningKeyFile}`);
  console.log(`RESPONSE_KEY_FILE=${home.responseKeyFile}`);
  console.log(`SIMULATED_HOST_TOKEN_FILE=${home.simulatedHostTokenFile}`);
  console.log(`TREE_HEAD_KEY_FILE=${home.treeHeadKeyFile}`);
  console.log(`TREE_HEAD_VERIFIER_KEYS_FILE=${home.treeHeadVerifierKeysFile}`);
  console.log(`TREE_HEAD_DIR=${home.treeHeads}`);
}

/** Workers sign with the new key when they are started again; until then they go on with the old one. */
function rotate(): void {
  const home = openHome(readSettings(process.env).BULKHEAD_HOME);
  const verifierKey = rotateTreeHeadKey(home);
  console.log(`The new verifier key, first in ${home.treeHeadVerifierKeysFile}:\n${verifierKey}`);
  console.log('Publish it, then start the workers again one after the other.');
}

const ACTS: Readonly<Record<string, () => void>> = { '': drawKeys, 'rotate-tree-head-key': rotate };

/** `start.mjs keys …` hands on its own arguments; called directly there is no program's name. */
const [first = '', second = ''] = process.argv.slice(2);
const wanted = first === 'keys' ? second : first;
try {
  const act = ACTS[wanted];
  if (act === undefined) throw new Error(`there is no ${wanted}\n${USAGE}`);
  act();
} catch (error) {
  console.error(`bulkhead keys: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
