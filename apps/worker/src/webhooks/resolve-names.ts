import { type LookupAddress, Resolver } from 'node:dns';
import type { ResolveAll } from './send-message.js';

/** One question to one name server, and how often it is asked. */
const DNS_TIMEOUT_MS = 2_000;
const DNS_TRIES = 2;
/** Of one name and family; whoever has more than that is reachable by these. */
const ADDRESSES_MAX = 8;

/**
 * Resolves names by asking name servers itself. What `dns.lookup` does instead occupies one of the few
 * threads that the whole process reads files with, and a tenant's name server that never answers would
 * keep them all. So names of the machine's hosts file are not known here.
 *
 * @param servers other than the machine's own ones, each an address with a port
 */
export function nameResolver(servers?: readonly string[]): ResolveAll {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });
  if (servers !== undefined) resolver.setServers([...servers]);
  return (hostname, done) => {
    const found: LookupAddress[] = [];
    let answers = 0;
    let failure: NodeJS.ErrnoException | null = null;
    const answered =
      (family: 4 | 6) => (error: NodeJS.ErrnoException | null, addresses: readonly string[]) => {
        answers += 1;
        // A name without addresses of one family is no failure where it has some of the other.
        if (error !== null) failure = failure ?? error;
        const some = (error === null ? addresses : []).slice(0, ADDRESSES_MAX);
        found.push(...some.map((address) => ({ address, family })));
        if (answers < 2) return;
        // Those of version 4 first, whichever answer came first.
        found.sort((a, b) => a.family - b.family);
        done(found.length > 0 ? null : failure, found);
      };
    resolver.resolve4(hostname, answered(4));
    resolver.resolve6(hostname, answered(6));
  };
}
