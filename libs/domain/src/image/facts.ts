import type { ImageId } from '../ids.js';
import type { ImageFacts } from '../isolation/decision.js';
import type { ImageState } from './decide.js';

/**
 * What a decision knows of an image. A reference that the catalogue does not hold gets the default
 * class: a Windows Server Core of the oldest build, from nobody. So little is known of it that no host
 * is ruled out; the rule `untrusted-publisher` gives it a utility VM, and a host that cannot boot it
 * says so at the start.
 */
export function imageFacts(imageId: ImageId, reference: string, state: ImageState): ImageFacts {
  const registered = state.registered;
  if (registered === null) {
    return {
      imageId,
      reference,
      known: false,
      revoked: false,
      os: 'windows',
      architecture: 'amd64',
      osVersion: { major: 10, minor: 0, build: 14393, revision: 0 },
      base: 'servercore',
      publisher: null,
    };
  }
  const { os, architecture, osVersion, base, publisher } = registered;
  const { revoked } = state;
  return { imageId, reference, known: true, revoked, os, architecture, osVersion, base, publisher };
}
