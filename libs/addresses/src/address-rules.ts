import ipaddr from 'ipaddr.js';

/**
 * Reachable from anywhere by their kind, and yet a machine's own: what Azure's hosts answer their guests at.
 * Those of other clouds are link-local, unique local or shared addresses anyhow.
 */
const METADATA = new Set(['168.63.129.16']);
/** Everything that is routed on the Internet by IPv6; what is outside is special, whatever it is called. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Networks that an operator lets messages go to although they are special. */
export type AllowedNetworks = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

/** @throws Error where one of them is no network in CIDR notation */
export function parseNetworks(texts: readonly string[]): AllowedNetworks {
  return texts.map((text) => {
    if (!ipaddr.isValidCIDR(text)) throw new Error(`${text} is no network such as 10.0.0.0/8`);
    return ipaddr.parseCIDR(text);
  });
}

/** Networks between commas, as a setting has them; of each that is none, `problems` is told what is wrong. */
export function readNetworks(
  setting: string,
  networks: string | undefined,
  problems: string[],
): AllowedNetworks {
  return (networks ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .flatMap((text) => {
      try {
        return parseNetworks([text]);
      } catch (error) {
        problems.push(`${setting}: ${(error as Error).message}`);
        return [];
      }
    });
}

/**
 * Why no message may go to this address; null where one may. An address that stands for another one (IPv4 in
 * IPv6, in any of the ways there are) is judged as that one or refused, so that none is a way around.
 */
export function refusalOf(address: string, allowed: AllowedNetworks): string | null {
  if (!ipaddr.isValid(address)) return 'no address';
  const parsed = ipaddr.process(address);
  if (isAllowed(address, allowed)) return null;
  if (METADATA.has(parsed.toString())) return 'metadata';
  const range = parsed.range();
  if (range !== 'unicast') return range;
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_IPV6)) return 'special';
  return null;
}

/** Whether an operator has named a network that it is in. */
export function isAllowed(address: string, allowed: AllowedNetworks): boolean {
  const parsed = ipaddr.process(address);
  return allowed.some((network) => contains(network, parsed));
}

function contains([network, bits]: AllowedNetworks[number], address: ipaddr.IPv4 | ipaddr.IPv6) {
  return network.kind() === address.kind() && address.match([network, bits] as never);
}
