import { ensureKeys, openHome } from './home/home.js';
import { readSettings } from './settings.js';

/**
 * Draws the keys of an installation without a launcher below BULKHEAD_HOME, unless they are
 * there, and prints the settings by which the processes find them.
 */
try {
  const home = openHome(readSettings(process.env).BULKHEAD_HOME);
  ensureKeys(home);
  console.log(`TOKEN_SIGNING_KEY_FILE=${home.tokenSigningKeyFile}`);
  console.log(`RESPONSE_KEY_FILE=${home.responseKeyFile}`);
  console.log(`SIMULATED_HOST_TOKEN_FILE=${home.simulatedHostTokenFile}`);
} catch (error) {
  console.error(`bulkhead keys: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
