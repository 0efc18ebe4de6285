import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import {
  ProjectionListSchema,
  ProjectionSchema,
  RebuildRequest,
  type RebuildRequestBody,
} from './projection.schema.js';
import { ListProjections } from './read-projections.handler.js';
import { RequestRebuild } from './request-rebuild.handler.js';

@ApiTags('projections')
@Controller('v1/projections')
export class ProjectionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiRoute({
    summary: 'List the projections, and how far their rebuilds have come',
    scopes: ['platform:admin'],
    status: 200,
    answers: ProjectionListSchema,
    answerDescription: 'All of them: there are few.',
  })
  listProjections() {
    return this.queries.execute(new ListProjections());
  }

  @Post(':name/rebuild')
  @ApiRoute({
    summary: 'Have a read model made anew from the log',
    description:
      'Lists go on to show the present rows until the new ones have caught up. Asking again before that changes nothing.',
    scopes: ['platform:admin'],
    status: 202,
    answers: ProjectionSchema,
    answerDescription: 'Recorded; a worker begins within moments.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
  })
  rebuildProjection(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Body({ schema: RebuildRequest }) { reason }: RebuildRequestBody,
  ) {
    return this.commands.execute(new RequestRebuild(caller, name, reason));
  }
}
