import {
  accept,
  type Decided,
  type Decider,
  reject,
  type StateTable,
  unknownEvent,
} from '../decider.js';
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

export type ImagePhase = 'absent' | 'registered' | 'revoked';
/** `register-same`: with the very facts that it was registered with. */
export type ImageAct = ImageCommand['kind'] | 'register-same';

/** A revocation is for good: what was revoked comes back under another reference. */
export const imageTable: StateTable<
  ImageAct,
  ImagePhase,
  ImageEvent['type'] | 'IMAGE_EXISTS' | 'IMAGE_NOT_FOUND'
> = {
  'register-image': {
    absent: 'ImageRegistered',
    registered: 'IMAGE_EXISTS',
    revoked: 'IMAGE_EXISTS',
  },
  // What is absent has no facts to be the same as.
  'register-same': { absent: 'nothing', registered: 'nothing', revoked: 'nothing' },
  'revoke-image': { absent: 'IMAGE_NOT_FOUND', registered: 'ImageRevoked', revoked: 'nothing' },
};

export function imagePhaseOf({ registered, revoked }: ImageState): ImagePhase {
  if (registered === null) return 'absent';
  return revoked ? 'revoked' : 'registered';
}

/**
 * An image of the catalogue. What was registered never changes: decisions were made from it. Another build
 * is another reference; registering the same once more says nothing new, and lifts no revocation.
 */
export const imageDecider: Decider<ImageCommand, ImageState, ImageEvent> = {
  initialState: { registered: null, revoked: false },
  decide: (command, state) => {
    const answer = imageTable[actOf(command, state)][imagePhaseOf(state)];
    switch (answer) {
      case 'nothing':
        return accept();
      case 'IMAGE_EXISTS':
        return reject(answer, 'The image is in the catalogue already, with other facts.');
      case 'IMAGE_NOT_FOUND':
        return reject(answer, 'There is no such image.');
      default:
        return command.kind === 'register-image' ? register(command) : accept(revoked(command));
    }
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

type Command<K extends ImageCommand['kind']> = Extract<ImageCommand, { kind: K }>;

function register({ image, nowMs }: Command<'register-image'>): Decided<ImageEvent> {
  const fault = faultOfLayers(image.layers);
  if (fault !== null) return reject('IMAGE_LAYERS', fault);
  return accept(event<ImageRegistered>('ImageRegistered', nowMs, image, 2));
}

function revoked({ nowMs, reason }: Command<'revoke-image'>): ImageEvent {
  return event<ImageRevoked>('ImageRevoked', nowMs, { reason });
}

function actOf(command: ImageCommand, { registered }: ImageState): ImageAct {
  if (command.kind === 'revoke-image') return command.kind;
  return isSame(command.image, registered) ? 'register-same' : 'register-image';
}

/** Equal in every field; what is stored comes back with its names in another order. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  const other = b as Record<string, unknown>;
  return left.length === right.length && left.every(([name, value]) => isSame(value, other[name]));
}
