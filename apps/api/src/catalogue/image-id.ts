import { createHash } from 'node:crypto';
import type { ImageId } from '@bulkhead/domain';

const DIGITS = 32;

/** One reference is always one stream, registered or not. */
export function imageIdOf(reference: string): ImageId {
  return `img_${createHash('sha256').update(reference).digest('hex').slice(0, DIGITS)}`;
}
