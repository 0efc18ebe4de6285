import { applyDecorators, HttpCode } from '@nestjs/common';
import {
  ApiHeader,
  ApiOperation,
  ApiResponse,
  type ApiResponseOptions,
  ApiSecurity,
} from '@nestjs/swagger';
import type { z } from 'zod';
import { OtherScopes, Public, type Scope, Scopes } from '../auth/scopes.js';
import { Freshness, TOKEN_IN_ANSWER, TOKEN_IN_REQUEST } from '../consistency/route-freshness.js';
import { RATE_HEADERS_IN_ANSWER } from '../limits/rate-headers.js';
import { PROBLEM_MEDIA_TYPE } from '../problems/problem.js';
import { IF_MATCH, TAG_IN_ANSWER } from './entity-tag.js';

export interface RouteDescription {
  readonly summary: string;
  readonly description?: string;
  /** Left out for routes that need no token. */
  readonly scopes?: readonly Scope[];
  /** For a route that another role may ask too: its scopes. */
  readonly otherScopes?: readonly Scope[];
  readonly status: number;
  readonly answers?: z.ZodType;
  readonly answerDescription: string;
  /** Problems beyond those that every route with a token has. */
  readonly problems?: readonly number[];
  /** Whether it creates something, and so takes an `Idempotency-Key` and answers with a `Location`. */
  readonly creates?: boolean;
  /** Whether the tenant's quota bounds how often it may be asked. */
  readonly isLimited?: boolean;
  /** Whether it changes something, as all that create do: its answer carries a consistency token. */
  readonly isCommand?: boolean;
  /** Whether its answer carries an entity tag; where it is a command, it takes `If-Match`. */
  readonly isTagged?: boolean;
  /** Whether it takes `If-Match`, though its answer shows nothing that had a tag. */
  readonly takesIfMatch?: boolean;
  /** For lists and reports: the projections that they show, none where they read the log itself. */
  readonly shows?: readonly string[];
}

const PROBLEM_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The body, a parameter or a cursor is not valid; every problem is listed.',
  401: 'The token is missing, forged, expired or revoked.',
  403: 'The token lacks the scope, or the tenant is suspended.',
  404: 'There is no such resource, or it is none of the caller’s.',
  409: 'The resource is in a state that does not allow this, or others changed it at the same time.',
  412: 'The resource is not the one of If-Match any more.',
  413: 'The body has more than 1 MiB, or a batch as NDJSON more than 16 MiB.',
  415: 'The content type is not supported here.',
  422: 'The rules refuse it, a quota or the bound on open work has no room for it (`QUOTA_EXCEEDED`, with `quota`, `limit`, `use` and `asked`), or the idempotency key was used with another request.',
  429: 'The quota of submissions in a minute is used up, or too many streams are open; see Retry-After.',
  500: 'The fault is on the side of the service.',
  503: 'Too many requests are waiting, or the database cannot be reached; see Retry-After.',
  504: 'The list did not catch up with the consistency token in time; see Retry-After.',
};

/** Scopes, status and documentation of a route, said once. */
export function ApiRoute(route: RouteDescription): MethodDecorator {
  const { summary, scopes, status, answers, answerDescription, creates = false, shows } = route;
  const { otherScopes = [], isLimited = false, isTagged = false } = route;
  const isCommand = route.isCommand ?? creates;
  const description = route.description === undefined ? {} : { description: route.description };
  const always = scopes === undefined ? [500, 503] : [401, 403, 500, 503];
  const waiting = shows === undefined ? [] : [400, ...(shows.length > 0 ? [504] : [])];
  const limited = isLimited ? [429] : [];
  const takesIfMatch = route.takesIfMatch ?? (isTagged && isCommand && !creates);
  const matched = takesIfMatch ? [412] : [];
  const named = [...(route.problems ?? []), ...limited, ...matched, ...always, ...waiting];
  const problems = [...new Set(named)].sort();
  return applyDecorators(
    HttpCode(status),
    ...(scopes === undefined
      ? [Public()]
      : [Scopes(...scopes), ApiSecurity('oauth2', [...scopes])]),
    ...(otherScopes.length === 0
      ? []
      : [OtherScopes(...otherScopes), ApiSecurity('oauth2', [...otherScopes])]),
    ApiOperation({ summary, ...description }),
    ApiResponse({
      status,
      description: answerDescription,
      ...(answers === undefined ? {} : { standardSchema: answers }),
      headers: {
        ...(creates && CREATION_HEADERS),
        ...(isCommand && TOKEN_IN_ANSWER),
        ...(isTagged && TAG_IN_ANSWER),
        ...(isLimited && RATE_HEADERS_IN_ANSWER),
      },
    } as unknown as ApiResponseOptions),
    ...problems.map(problemResponse),
    Freshness({ isCommand, shows: shows ?? [] }),
    ...(creates ? [ApiHeader(IDEMPOTENCY_KEY)] : []),
    ...(takesIfMatch ? [ApiHeader(IF_MATCH)] : []),
    ...(shows === undefined ? [] : [ApiHeader(TOKEN_IN_REQUEST)]),
  );
}

function problemResponse(status: number): MethodDecorator {
  return ApiResponse({
    status,
    description: PROBLEM_DESCRIPTIONS[status] ?? 'A problem.',
    content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
  } as ApiResponseOptions);
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'Makes a repetition harmless for 24 hours: the same key and body get the first answer again, also where the request would be refused by now. A request that recorded nothing leaves its key free.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
} as const;

const CREATION_HEADERS = {
  Location: { description: 'Where the new resource is.', schema: { type: 'string' } },
  'Idempotency-Replayed': {
    description: 'true where this is the first answer to an earlier request with the same key.',
    schema: { type: 'string', enum: ['true'] },
  },
} as const;
