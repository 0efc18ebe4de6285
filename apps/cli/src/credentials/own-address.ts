import { CredentialsProblem } from './credentials-file.js';

/** Names of the machine that a program runs on. What they lead to is the same api only if the port is. */
const THIS_MACHINE: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Credentials of a home are wanted for another api than the one that they belong to. */
export class ForeignAddress extends CredentialsProblem {}

/**
 * Where a home's credentials are taken to: never to another origin than that of their own api, because whoever listens
 * there reads the secret. Another name of this machine is answered with the api's own name: `localhost` may
 * lead to an address on which somebody else listens.
 * @throws ForeignAddress
 */
export function ownAddress(own: string, given: string | undefined): string {
  if (given === undefined || new URL(given).origin === new URL(own).origin) return given ?? own;
  if (isSameByName(new URL(own), new URL(given))) {
    const { pathname } = new URL(given);
    return pathname === '/' ? own : new URL(pathname, own).href;
  }
  throw new ForeignAddress(
    `these credentials belong to ${own}; give --client-id/--client-secret for another api (nothing was sent to ${given})`,
  );
}

function isSameByName(own: URL, given: URL): boolean {
  const isHere = [own, given].every(({ hostname }) => THIS_MACHINE.has(hostname));
  return isHere && own.protocol === given.protocol && own.port === given.port;
}
