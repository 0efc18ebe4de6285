import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { ApiRoute } from '../http/api-route.js';
import { GetCurrentPolicy, ListRules } from './catalogue.queries.js';
import { PolicySchema, RuleListSchema } from './catalogue.schema.js';

@ApiTags('catalogue')
@Controller('v1')
export class CatalogueController {
  constructor(private readonly queries: QueryBus) {}

  @Get('policies/current')
  @ApiRoute({
    summary: 'Read the policy in force',
    scopes: ['platform:admin'],
    status: 200,
    answers: PolicySchema,
    answerDescription: 'The newest version.',
    problems: [404],
  })
  getCurrentPolicy() {
    return this.queries.execute(new GetCurrentPolicy());
  }

  @Get('rules')
  @ApiRoute({
    summary: 'List the isolation rules',
    scopes: ['platform:admin'],
    status: 200,
    answers: RuleListSchema,
    answerDescription: 'Every rule with its text, in the order in which reasons are shown.',
  })
  listRules() {
    return this.queries.execute(new ListRules());
  }
}
