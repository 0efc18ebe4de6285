import type { Addresses } from './processes/environments.js';
import { freePort, whyPortIsUnusable } from './processes/ports.js';
import type { LauncherSettings } from './settings.js';

const LOOPBACK = '127.0.0.1';
const ANY_PORT = 0;
/**
 * How far the other processes' ports are from the api's. Beside a port that the system gave they are
 * of the same parity, because Linux prefers the other one for connections to elsewhere.
 */
const STEP = { named: 1, given: 2 };
const EVERY_ADDRESS = new Set(['0.0.0.0', '::']);

/**
 * Chooses where each process listens and makes sure, before anything starts, that it can. The
 * api's port is the one that was asked for (0 for any); the others follow it where they are free.
 */
export async function chooseAddresses(settings: LauncherSettings): Promise<Addresses> {
  const { HOST: host } = settings;
  const hostProblem = await whyPortIsUnusable(ANY_PORT, host);
  if (hostProblem)
    throw new Error(`HOST: ${hostProblem} Choose one, for example: HOST=${LOOPBACK}`);
  const port = settings.PORT === 0 ? await freePort(host) : settings.PORT;
  const step = settings.PORT === 0 ? STEP.given : STEP.named;
  const workerPort = settings.WORKER_PORT || (await freePort(LOOPBACK, port + step));
  const simulatedHostPort =
    settings.SIMULATED_HOST_PORT || (await freePort(LOOPBACK, port + 2 * step));
  const wanted = [
    { name: 'PORT', port, host },
    { name: 'WORKER_PORT', port: workerPort, host: LOOPBACK },
    { name: 'SIMULATED_HOST_PORT', port: simulatedHostPort, host: LOOPBACK },
  ];
  if (new Set(wanted.map((address) => address.port)).size < wanted.length) {
    throw new Error('PORT, WORKER_PORT and SIMULATED_HOST_PORT must be three different ports.');
  }
  for (const address of wanted) {
    const problem = await whyPortIsUnusable(address.port, address.host);
    if (problem) {
      const another = await freePort(address.host, address.port + 10);
      throw new Error(`${problem} Choose another one, for example: ${address.name}=${another}`);
    }
  }
  return { host, port, workerPort, simulatedHostPort };
}

/** The URL by which this machine reaches the api, whatever address it listens on. */
export function localUrl({ host, port }: Pick<Addresses, 'host' | 'port'>): string {
  const name = EVERY_ADDRESS.has(host) ? LOOPBACK : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
