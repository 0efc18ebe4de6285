import { hash } from 'node:crypto';

/** 128 bits, as a `uuid` of Postgres has them. */
const HEX_DIGITS = 32;

/**
 * Names an idempotency key among those of all scopes and routes: the first half of a SHA-256, in hex. An
 * index of these is a quarter as large as one of the three texts, and whoever begins a stream writes to it.
 * Scopes and routes hold no line feed, so nothing else gives the same text.
 */
export function answerDigest(scope: string, route: string, key: string): string {
  return hash('sha256', `${scope}\n${route}\n${key}`, 'hex').slice(0, HEX_DIGITS);
}
