import type { Home } from '../home/home.js';
import type { RoleUrls } from '../home/role-urls.js';

/** The three processes of an installation, in the order in which they are stopped. */
export const PROCESS_NAMES = ['api', 'worker', 'simulated-host'] as const;
export type ProcessName = (typeof PROCESS_NAMES)[number];

/** Where the processes listen. */
export interface Addresses {
  readonly host: string;
  readonly port: number;
  readonly workerPort: number;
  readonly simulatedHostPort: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Never inherited: each process gets its own login only, and none the migrations' one. */
const LOGINS = [
  'DATABASE_URL',
  'API_DATABASE_URL',
  'WORKER_DATABASE_URL',
  'AUDIT_DATABASE_URL',
  'REDIS_URL',
];

/**
 * The environment of each process: what the launcher's caller set for it, and over that the
 * addresses, files and the logins that this process needs.
 */
export function processEnvironments(
  inherited: Environment,
  home: Home,
  roles: RoleUrls,
  addresses: Addresses,
): Record<ProcessName, Record<string, string>> {
  const own = {
    // From Node 22 on, processes load faster when the compiled code of their modules is kept.
    NODE_COMPILE_CACHE: home.compileCache,
    ...publicSettings(inherited),
    // Two processes read this token: the host to check it, the worker to show it.
    SIMULATED_HOST_TOKEN_FILE: home.simulatedHostTokenFile,
    // And two the verifier keys: the worker to know what earlier keys signed, the api to publish them.
    TREE_HEAD_VERIFIER_KEYS_FILE: home.treeHeadVerifierKeysFile,
    // And two the key of webhooks: the api to seal secrets, the worker to open them.
    WEBHOOK_KEY_FILE: home.webhookKeyFile,
  };
  return {
    api: {
      ...own,
      PORT: String(addresses.port),
      HOST: addresses.host,
      API_DATABASE_URL: roles.apiUrl,
      AUDIT_DATABASE_URL: roles.auditUrl,
      TOKEN_SIGNING_KEY_FILE: home.tokenSigningKeyFile,
      RESPONSE_KEY_FILE: home.responseKeyFile,
    },
    worker: {
      ...own,
      WORKER_PORT: String(addresses.workerPort),
      WORKER_DATABASE_URL: roles.workerUrl,
      ...(inherited['REDIS_URL'] ? { REDIS_URL: inherited['REDIS_URL'] } : {}),
      TREE_HEAD_KEY_FILE: home.treeHeadKeyFile,
      TREE_HEAD_DIR: home.treeHeads,
      SIMULATED_HOST_URL: `http://127.0.0.1:${addresses.simulatedHostPort}`,
    },
    'simulated-host': {
      ...own,
      SIMULATED_HOST_PORT: String(addresses.simulatedHostPort),
      SIMULATED_HOST_BIND: '127.0.0.1',
      SIMULATED_HOST_HOME: home.simulatedHosts,
    },
  };
}

function publicSettings(inherited: Environment): Record<string, string> {
  const kept = Object.entries(inherited).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[1] !== '' && !LOGINS.includes(entry[0]),
  );
  return Object.fromEntries(kept);
}
