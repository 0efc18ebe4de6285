import { accept, type Decided, type Decider, reject, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { ImageEvent, ImageRegistered, ImageRevoked } from './events.js';
import { faultOfLayers } from './layers.js';

export interface ImageState {
  readonly registered: ImageRegistered['payload'] | null;
  readonly revoked: boolean;
}

export type ImageCommand =
  | {
      readonly kind: 'register-image';
      readonly image: ImageRegistered['payload'];
      readonly nowMs: TimeMs;
    }
  | { readonly kind: 'revoke-image'; readonly reason: string; readonly nowMs: TimeMs };

/**
 * An image of the catalogue. What was registered never changes: decisions were made from it. Another build
 * is another reference; registering the same once more says nothing new, and lifts no revocation.
 */
export const imageDecider: Decider<ImageCommand, ImageState, ImageEvent> = {
  initialState: { registered: null, revoked: false },
  decide: (command, state) => {
    if (command.kind === 'register-image') return register(command.image, command.nowMs, state);
    if (state.registered === null) return reject('IMAGE_NOT_FOUND', 'There is no such image.');
    return state.revoked
      ? accept()
      : accept(event<ImageRevoked>('ImageRevoked', command.nowMs, { reason: command.reason }));
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'ImageRegistered':
        return { registered: event.payload, revoked: false };
      case 'ImageRevoked':
        return { ...state, revoked: true };
      default:
        return unknownEvent(event);
    }
  },
};

function register(
  image: ImageRegistered['payload'],
  nowMs: TimeMs,
  { registered }: ImageState,
): Decided<ImageEvent> {
  if (registered !== null) {
    return isSame(image, registered)
      ? accept()
      : reject('IMAGE_EXISTS', 'The image is in the catalogue already, with other facts.');
  }
  const fault = faultOfLayers(image.layers);
  if (fault !== null) return reject('IMAGE_LAYERS', fault);
  return accept(event<ImageRegistered>('ImageRegistered', nowMs, image, 2));
}

/** Equal in every field; what is stored comes back with its names in another order. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  const other = b as Record<string, unknown>;
  return left.length === right.length && left.every(([name, value]) => isSame(value, other[name]));
}
