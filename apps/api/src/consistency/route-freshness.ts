import { SetMetadata } from '@nestjs/common';
import { CONSISTENCY_HEADER } from './consistency-tokens.js';

/** What a route has to do with consistency tokens. */
export interface RouteFreshness {
  /** Its answers carry a token. */
  readonly isCommand: boolean;
  /** The projections that it shows; it waits until they have passed the position of a token. */
  readonly shows: readonly string[];
}

export const FRESHNESS_KEY = 'bulkhead:freshness';
export const Freshness = (freshness: RouteFreshness) => SetMetadata(FRESHNESS_KEY, freshness);

/** For the OpenAPI document: of requests for lists and reports. */
export const TOKEN_IN_REQUEST = {
  name: CONSISTENCY_HEADER,
  required: false,
  description:
    'The token of an answer to a command of the same tenant, or of the platform: the answer shows what that command did. 504 where this takes too long.',
  schema: { type: 'string', minLength: 48, maxLength: 48 },
} as const;

/** For the OpenAPI document: of answers to commands. */
export const TOKEN_IN_ANSWER = {
  [CONSISTENCY_HEADER]: {
    description: 'Sent along with a later read, makes it show what this command did.',
    schema: { type: 'string' },
  },
} as const;
