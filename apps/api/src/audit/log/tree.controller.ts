import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiRoute } from '../../http/api-route.js';
import {
  ConsistencyProofSchema,
  ConsistencyQuery,
  InclusionProofSchema,
  InclusionQuery,
  TreeHeadQuery,
  TreeHeadSchema,
} from './audit-log.schema.js';
import { ProveConsistency } from './prove-consistency.handler.js';
import { ProveInclusion } from './prove-inclusion.handler.js';
import { ReadTreeHead } from './read-tree-head.handler.js';

/** Signed tree heads, and proofs that hang on them. */
@ApiTags('audit')
@Controller('v1/audit/log')
export class TreeController {
  constructor(private readonly queries: QueryBus) {}

  @Get('tree-head')
  @ApiRoute({
    summary: 'Read a signed tree head of the log',
    description: 'Keep it: a log that is rewritten or cut off later no longer agrees with it.',
    scopes: ['audit:read'],
    status: 200,
    answers: TreeHeadSchema,
    answerDescription: 'The newest, or the one of the size asked for.',
    problems: [400, 404],
  })
  getTreeHead(@Query({ schema: TreeHeadQuery }) { size }: z.infer<typeof TreeHeadQuery>) {
    return this.queries.execute(new ReadTreeHead(size));
  }

  @Get('proof/inclusion')
  @ApiRoute({
    summary: 'Prove that an event stands at its place in the log',
    scopes: ['audit:read'],
    status: 200,
    answers: InclusionProofSchema,
    answerDescription: 'An RFC 6962 inclusion proof with the tree head that it leads to.',
    problems: [400, 404],
  })
  proveInclusion(
    @Query({ schema: InclusionQuery }) { position, size }: z.infer<typeof InclusionQuery>,
  ) {
    return this.queries.execute(new ProveInclusion(position, size));
  }

  @Get('proof/consistency')
  @ApiRoute({
    summary: 'Prove that the log only grew between two sizes',
    scopes: ['audit:read'],
    status: 200,
    answers: ConsistencyProofSchema,
    answerDescription: 'An RFC 6962 consistency proof.',
    problems: [400, 404],
  })
  proveConsistency(
    @Query({ schema: ConsistencyQuery }) { from, to }: z.infer<typeof ConsistencyQuery>,
  ) {
    return this.queries.execute(new ProveConsistency(from, to));
  }
}
