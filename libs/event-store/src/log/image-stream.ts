import { hash } from 'node:crypto';
import type { ImageId } from '@bulkhead/domain';

const ID_DIGITS = 32;

/** The stream of an image reference. One reference is always one stream, registered or not (ADR 0004). */
export function imageIdOf(reference: string): ImageId {
  return `img_${hash('sha256', reference, 'hex').slice(0, ID_DIGITS)}`;
}
