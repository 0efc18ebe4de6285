import { accept, type Decider, reject, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { ImageEvent, ImageRegistered, ImageRevoked } from './events.js';

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

export const imageDecider: Decider<ImageCommand, ImageState, ImageEvent> = {
  initialState: { registered: null, revoked: false },
  decide: (command, state) => {
    if (command.kind === 'register-image') {
      return state.registered === null
        ? accept(event<ImageRegistered>('ImageRegistered', command.nowMs, command.image))
        : reject('IMAGE_EXISTS', 'The image is in the catalogue already.');
    }
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
