import { hash } from 'node:crypto';
import type { StreamId, TenantId, WorkloadRequest } from '@bulkhead/domain';
import { canonicalJson } from '../log/canonical-json.js';
import type { ContentRow } from '../log/event-log.js';

/** That many random bytes. */
export type RandomBytes = (count: number) => Buffer;

const SALT_BYTES = 32;

/** What the tenant wrote that no decision reads: kept beside the log, and erasable. */
export interface SealedContent {
  readonly body: Readonly<Record<string, unknown>>;
  readonly saltHex: string;
  /** SHA-256 of salt and canonical JSON, which is all that the log holds of it. */
  readonly sha256: string;
  /** Of salt and canonical JSON. */
  readonly byteCount: number;
}

/**
 * Content under a salt of its own, so that erasing one copy says nothing about another. Where there is
 * nothing to keep there is a hash all the same.
 */
export function sealContent(
  content: Readonly<Record<string, unknown>>,
  randomBytes: RandomBytes,
): SealedContent {
  // Not one by one: what is assigned to `__proto__` is lost.
  const given = Object.entries(content).filter(([, value]) => value !== undefined);
  const body: Record<string, unknown> = Object.fromEntries(given);
  const salt = randomBytes(SALT_BYTES);
  const salted = Buffer.concat([salt, Buffer.from(canonicalJson(body), 'utf8')]);
  const sha256 = hash('sha256', salted, 'hex');
  return { body, saltHex: salt.toString('hex'), sha256, byteCount: salted.length };
}

/** What an event says of it: the hash, and whether there is anything that may be erased. */
export type SealedFacts = Pick<WorkloadRequest, 'contentSha256' | 'hasContent'>;

export function sealedFacts({ body, sha256: contentSha256 }: SealedContent): SealedFacts {
  return Object.keys(body).length === 0 ? { contentSha256 } : { contentSha256, hasContent: true };
}

/** The row beside a stream's event; none where there is nothing to keep. */
export function contentRows(
  tenant: TenantId,
  stream: StreamId,
  part: number,
  { body, saltHex }: SealedContent,
): readonly ContentRow[] {
  return Object.keys(body).length === 0 ? [] : [{ tenant, stream, part, saltHex, body }];
}
