import ipaddr from 'ipaddr.js';
import { type AllowedNetworks, isAllowed, refusalOf } from './address-rules.js';

/** What every try would come to, by the names that the list of deliveries has for it. */
export type ForeseenRefusal = 'address-refused' | 'https-required' | 'name-not-found';

/** Names of the machine itself, which no name server knows. */
const OWN_NAME = /^(?:.*\.)?localhost\.?$/i;

/**
 * What a URL itself says of why no message will ever arrive; null where that cannot be told without asking
 * name servers. Senders judge the very address that they connect to, so this warns and decides nothing.
 */
export function foreseenRefusal(url: URL, allowed: AllowedNetworks): ForeseenRefusal | null {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isPlain = url.protocol !== 'https:';
  if (ipaddr.isValid(host)) {
    if (refusalOf(host, allowed) !== null) return 'address-refused';
    return isPlain && !isAllowed(host, allowed) ? 'https-required' : null;
  }
  if (OWN_NAME.test(host)) return 'name-not-found';
  return isPlain && allowed.length === 0 ? 'https-required' : null;
}
