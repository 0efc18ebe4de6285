import { createServer } from 'node:net';

const MAX_PORT = 65_535;

/** Why a port cannot be listened on, in words for the person who chose it; undefined when it can. */
export async function whyPortIsUnusable(port: number, host: string): Promise<string | undefined> {
  const outcome = await tryListen(port, host);
  if (typeof outcome === 'number') return undefined;
  return describePortProblem(outcome, port, host);
}

/** Words for the error that listening on a port ended with. */
export function describePortProblem(code: string | undefined, port: number, host: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken by another program.`;
    case 'EACCES':
      return `Port ${port} on ${host} may not be used by this user.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine.`;
    default:
      return `Port ${port} on ${host} cannot be listened on (${code ?? 'unknown reason'}).`;
  }
}

/** Answers the wished port when it is free, else one that the system gives. */
export async function freePort(host: string, wish?: number): Promise<number> {
  const wished = wish && wish <= MAX_PORT ? await tryListen(wish, host) : undefined;
  if (typeof wished === 'number') return wished;
  const given = await tryListen(0, host);
  if (typeof given === 'number') return given;
  throw new Error(describePortProblem(given, 0, host));
}

/** Listens for a moment; answers the port, or the error code. */
function tryListen(port: number, host: string): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const got = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(got));
    });
  });
}
