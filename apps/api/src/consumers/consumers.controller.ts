import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiRoute, type RouteDescription } from '../http/api-route.js';
import {
  ConsumerActSchema,
  ConsumerListSchema,
  ConsumerRetry,
  type ConsumerRetryBody,
  ConsumerSkip,
  type ConsumerSkipBody,
} from './consumer.schema.js';
import { ListConsumers } from './list-consumers.handler.js';
import { SettleConsumer } from './settle-consumer.handler.js';

const act = (summary: string, description: string): RouteDescription => ({
  summary,
  description: `${description} May be repeated.`,
  scopes: ['platform:admin'],
  status: 202,
  answers: ConsumerActSchema,
  answerDescription: 'Recorded; the consumer, as it still is, and what happens now.',
  problems: [400, 404, 409, 413, 415],
  isCommand: true,
});

@ApiTags('consumers')
@Controller('v1/consumers')
export class ConsumersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiRoute({
    summary: 'List what follows the log, how far it trails, and what keeps it from going on',
    scopes: ['platform:admin'],
    status: 200,
    answers: ConsumerListSchema,
    answerDescription: 'All of them: there are few.',
  })
  listConsumers() {
    return this.queries.execute(new ListConsumers());
  }

  @Post(':name/skip')
  @ApiRoute(
    act(
      'Have a stopped consumer leave out the event that it stands before',
      'Only that event; for any other position the answer is 409 with the real one. A read model is wrong for that event’s stream until it is rebuilt.',
    ),
  )
  skipEvent(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Body({ schema: ConsumerSkip }) body: ConsumerSkipBody,
  ) {
    return this.commands.execute(new SettleConsumer(caller, name, { kind: 'skip-event', ...body }));
  }

  @Post(':name/retry')
  @ApiRoute(
    act(
      'Have a stopped consumer try again',
      'It stops again where it still cannot apply the event.',
    ),
  )
  retryEvent(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Body({ schema: ConsumerRetry }) body: ConsumerRetryBody,
  ) {
    return this.commands.execute(new SettleConsumer(caller, name, { kind: 'retry', ...body }));
  }
}
