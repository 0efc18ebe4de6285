import type { ImageFacts } from '../../isolation/decision.js';
import { type Fleet, imageOf } from './fleet.js';

/**
 * What was known of an image when its workload was submitted, and whether it was revoked since. The
 * rest stays as it was recorded, because the floor was decided from it and the host is told the same.
 */
export function imageNow(fleet: Fleet, image: ImageFacts): ImageFacts {
  const { revoked } = imageOf(fleet, image.imageId).state;
  return revoked === image.revoked ? image : { ...image, revoked: revoked || image.revoked };
}
