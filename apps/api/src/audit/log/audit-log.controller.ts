import { Body, Controller, Get, Header, Post, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { ApiRoute } from '../../http/api-route.js';
import {
  EntriesQuery,
  TilesQuery,
  TilesSchema,
  VerifierKeysSchema,
  type VerifierKeysView,
} from './audit-log.schema.js';
import { ListLogEntries } from './list-log-entries.handler.js';
import { LogEntryLine, VerificationRequest, VerificationSchema } from './log-entry.schema.js';
import { LogVerification } from './log-verification.js';
import { ReadTiles } from './read-tiles.handler.js';
import { VerifierKeys } from './verifier-keys.js';

const NDJSON = 'application/x-ndjson';

/** What somebody needs to recompute the log, and the recomputation itself. */
@ApiTags('audit')
@Controller('v1/audit/log')
export class AuditLogController {
  constructor(
    private readonly queries: QueryBus,
    private readonly keys: VerifierKeys,
    private readonly verification: LogVerification,
  ) {}

  @Get('entries')
  @Header('content-type', `${NDJSON}; charset=utf-8`)
  @ApiProduces(NDJSON)
  @ApiRoute({
    summary: 'Read the log byte for byte, as it is stored',
    description:
      'One entry a line; nothing is upcast or left out. A page may end before limit where entries are large: go on after the last position until a page is empty.',
    scopes: ['audit:read'],
    status: 200,
    answers: LogEntryLine,
    answerDescription: 'Lines of this shape, in the order of positions.',
    problems: [400],
  })
  listLogEntries(
    @Query({ schema: EntriesQuery }) { afterPosition, limit }: z.infer<typeof EntriesQuery>,
  ) {
    return this.queries.execute(new ListLogEntries(afterPosition, limit));
  }

  @Get('tiles')
  @ApiRoute({
    summary: 'Read tiles of the stored tree',
    scopes: ['audit:read'],
    status: 200,
    answers: TilesSchema,
    answerDescription: 'Tiles side by side, from index on.',
    problems: [400],
  })
  listTiles(@Query({ schema: TilesQuery }) query: z.infer<typeof TilesQuery>) {
    return this.queries.execute(new ReadTiles(query));
  }

  @Get('verifier-keys')
  @ApiRoute({
    summary: 'Read the keys that check tree heads',
    description:
      'Keys that come from the one who is to be checked prove little: keep them, and compare.',
    scopes: ['audit:read'],
    status: 200,
    answers: VerifierKeysSchema,
    answerDescription: 'All keys that ever signed; the current one first.',
    problems: [404],
  })
  listVerifierKeys(): VerifierKeysView {
    return { keys: this.keys.all().map(({ verifierKey }) => verifierKey) };
  }

  @Post('verify')
  @ApiRoute({
    summary: 'Recompute the whole log',
    description:
      'Reads every entry, computes the tree anew and compares it with the stored tree and the newest signed head. Takes seconds to minutes. A server that lies says that all is well: `bulkhead log verify` does the same without trusting it.',
    scopes: ['audit:read'],
    status: 200,
    answers: VerificationSchema,
    answerDescription: 'What was found, also where something is wrong.',
    problems: [400, 404, 409, 413, 415],
  })
  verifyLog(
    @Body({ schema: VerificationRequest.optional() }) _body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    return this.verification.run(gone.signal);
  }
}
