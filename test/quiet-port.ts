import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Below what Linux gives to anyone who asks for any port, so that nobody takes one by chance before the process
 * listens that it is for, or while it is down.
 */
const PORTS_FROM = 12_000;
/** So that files that run at once are never given the same: each runs in a worker of its own. */
const WORKERS_MAX = 12;
const PORTS_OF_WORKER = 1_500;
const TRIES_MAX = 50;

const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS_MAX;
/** Another suite may run on this machine at the same time. */
let given = randomInt(PORTS_OF_WORKER);

/** A port on 127.0.0.1 that is free, with those after it; nobody else is given them. */
export async function quietPort(inARow = 1): Promise<number> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    if (given + inARow > PORTS_OF_WORKER) given = 0;
    const port = PORTS_FROM + worker * PORTS_OF_WORKER + given;
    given += inARow;
    const held = await Promise.all(Array.from({ length: inARow }, (_, at) => occupy(port + at)));
    await Promise.all(held.map((server) => server && closed(server)));
    if (!held.includes(null)) return port;
  }
  throw new Error(`no ${inARow} free ports in a row in ${TRIES_MAX} tries`);
}

/** Listens on a port as another program would; null where that is taken. */
export function occupy(port: number): Promise<Server | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}
