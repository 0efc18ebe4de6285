import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ApiRoute } from '../http/api-route.js';
import { type PageRequest, pageOf, pageQuery } from '../paging/page.js';
import { GetCurrentPolicy, ListImages, ListRules } from './catalogue.queries.js';
import { ImageSchema, PolicySchema, RuleListSchema } from './catalogue.schema.js';

const PageQuery = z.strictObject(pageQuery);

@ApiTags('catalogue')
@Controller('v1')
export class CatalogueController {
  constructor(private readonly queries: QueryBus) {}

  @Get('images')
  @ApiRoute({
    summary: 'List the images of the catalogue',
    scopes: ['platform:admin'],
    status: 200,
    answers: pageOf(ImageSchema, 'ImagePage'),
    answerDescription: 'A page, by id.',
    problems: [400],
    shows: [],
  })
  listImages(@Query({ schema: PageQuery }) page: PageRequest) {
    return this.queries.execute(new ListImages(page));
  }

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
