import { ensureKeys, openHome } from './home/home.js';
import { renameLog, rotateTreeHeadKey } from './home/tree-head-keys.js';
import { keptWorkerSettings, settingLine } from './home/worker-settings.js';
import { readKeySettings } from './settings.js';

const USAGE = `Usage: npm run keys                          draw the keys that are not there yet, and print the
                                             settings of a further worker beside npm start
       npm run keys -- rotate-tree-head-key  draw the key that signs tree heads from now on
       npm run keys -- rename-log NAME       give the log another name, with a key of its own:
                                             only after a restore that has lost signed events`;

/**
 * Draws the keys of an installation without a launcher below BULKHEAD_HOME, unless they are
 * there, and prints the settings by which the processes find them. Where `npm start` has run in
 * that home, what else a further worker beside it needs follows.
 */
function drawKeys(): void {
  const settings = readKeySettings(process.env);
  const home = openHome(settings.BULKHEAD_HOME);
  ensureKeys(home, settings.TREE_HEAD_ORIGIN);
  const files = {
    TOKEN_SIGNING_KEY_FILE: home.tokenSigningKeyFile,
    RESPONSE_KEY_FILE: home.responseKeyFile,
    WEBHOOK_KEY_FILE: home.webhookKeyFile,
    SIMULATED_HOST_TOKEN_FILE: home.simulatedHostTokenFile,
    TREE_HEAD_KEY_FILE: home.treeHeadKeyFile,
    TREE_HEAD_VERIFIER_KEYS_FILE: home.treeHeadVerifierKeysFile,
    TREE_HEAD_DIR: home.treeHeads,
  };
  for (const [name, path] of Object.entries(files)) console.log(settingLine(name, path));
  const told = keptWorkerSettings(home);
  if (told.length === 0) return;
  console.log('# What a further worker needs as well, as of the last npm start in this home:');
  for (const line of told) console.log(line);
}

/** Workers sign with the new key when they are started again; until then they go on with the old one. */
function rotate(): void {
  const home = openHome(readKeySettings(process.env).BULKHEAD_HOME);
  // The setting's default is no wish of anybody's, so the environment itself is asked.
  const verifierKey = rotateTreeHeadKey(home, process.env['TREE_HEAD_ORIGIN'] || undefined);
  console.log(`The new verifier key, first in ${home.treeHeadVerifierKeysFile}:\n${verifierKey}`);
  console.log('Publish it, then start the workers again one after the other.');
}

function rename(name = ''): void {
  if (name === '') throw new Error(`rename-log needs the new name\n${USAGE}`);
  const home = openHome(readKeySettings(process.env).BULKHEAD_HOME);
  const { from, verifierKey } = renameLog(home, name);
  console.log(`The log is named ${name} from the next start of its processes on; it was ${from}.`);
  console.log(`Its verifier key, first in ${home.treeHeadVerifierKeysFile}:\n${verifierKey}`);
  console.log(`Earlier keys stay in that file: what they have signed stays true. Now:
  1. Publish the verifier key, together with the last head of ${from} that agrees with the log.
  2. Where heads of ${from} cover more than the log has, move them away and keep them, because they
     are the proof of what was lost: mv ${home.treeHeads} ${home.treeHeads}.${from.replaceAll('/', '-')}
     (or whatever TREE_HEAD_DIR names).
  3. Start api and workers again, all of them.`);
}

type Act = (argument?: string) => void;
const ACTS: Readonly<Record<string, Act>> = {
  '': drawKeys,
  'rotate-tree-head-key': rotate,
  'rename-log': rename,
};

/** `start.mjs keys …` hands on its own arguments; called directly there is no program's name. */
const given = process.argv.slice(2);
const [wanted = '', argument] = given[0] === 'keys' ? given.slice(1) : given;
try {
  const act = Object.hasOwn(ACTS, wanted) ? ACTS[wanted] : undefined;
  if (act === undefined) throw new Error(`there is no ${wanted}\n${USAGE}`);
  act(argument);
} catch (error) {
  console.error(`bulkhead keys: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
