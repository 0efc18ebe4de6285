import { hash } from 'node:crypto';
import type { Clock } from '@bulkhead/domain';
import type { TokenBearer } from './access-token.js';

/** Tokens that are remembered; the one that was verified first makes room. */
export const TOKENS_KEPT_MAX = 10_000;

const AS_CLIENTS_WRITE_IT = /^Bearer \S+$/;

/**
 * Who the bearers of tokens are whose signature and claims were verified: clients show one token thousands
 * of times, and checking an RSA signature again would be a sixth of the work of a submission. Kept are
 * digests, so that no token can be read from memory, and each only as long as the token counts.
 */
export class VerifiedTokens {
  private readonly kept = new Map<string, TokenBearer>();

  constructor(private readonly clock: Clock) {}

  /** Null for what was not verified here, or counts no longer. Whether its credential lives is not asked. */
  bearerOf(authorization: string): TokenBearer | null {
    const digest = digestOf(authorization);
    const bearer = this.kept.get(digest);
    if (bearer === undefined) return null;
    if (bearer.expiresAtMs > this.clock()) return bearer;
    this.kept.delete(digest);
    return null;
  }

  /**
   * Only ever called with a token that has just been verified in full. One spelling is remembered, so that
   * nobody's single token, written in a thousand ways, takes the places of others.
   */
  remember(authorization: string, bearer: TokenBearer): void {
    if (!AS_CLIENTS_WRITE_IT.test(authorization)) return;
    const [oldest] = this.kept.keys();
    if (this.kept.size >= TOKENS_KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(digestOf(authorization), bearer);
  }
}

function digestOf(authorization: string): string {
  return hash('sha256', authorization, 'base64');
}
