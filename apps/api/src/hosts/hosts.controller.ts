import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiRoute, type RouteDescription } from '../http/api-route.js';
import { sendAnswer } from '../http/send-answer.js';
import { Idempotency, type IdempotencyOf } from '../idempotency/idempotent.js';
import { pageOf } from '../paging/page.js';
import { ChangeHost } from './change-host.handler.js';
import {
  HostAct,
  type HostActBody,
  HostDrain,
  type HostDrainBody,
  HostFencing,
  type HostFencingBody,
  HostQuarantine,
  type HostQuarantineBody,
  HostRegistration,
  type HostRegistrationBody,
  HostSchema,
} from './host.schema.js';
import { GetHost, HostListQuery, ListHosts } from './read-hosts.handlers.js';
import { RegisterHost } from './register-host.handler.js';

const act = (summary: string, description: string): RouteDescription => ({
  summary,
  description: `${description} May be repeated: the first reason stays, unless the act is made stricter.`,
  scopes: ['platform:admin'],
  status: 200,
  answers: HostSchema,
  answerDescription: 'Recorded.',
  problems: [400, 404, 409, 413, 415],
  isCommand: true,
});

@ApiTags('hosts')
@Controller('v1/hosts')
export class HostsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Register a host',
    scopes: ['platform:admin'],
    status: 201,
    answers: HostSchema,
    answerDescription: 'Registered; it takes work once it was heard of.',
    problems: [400, 409, 413, 415, 422],
    creates: true,
  })
  async registerHost(
    @CurrentCaller() caller: Caller,
    @Body({ schema: HostRegistration }) registration: HostRegistrationBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = new RegisterHost(caller, registration, idempotency(registration));
    const answer = await this.commands.execute(command);
    return sendAnswer(reply, answer, ({ id }) => `/v1/hosts/${id}`);
  }

  @Get()
  @ApiRoute({
    summary: 'List hosts, newest first',
    scopes: ['platform:admin'],
    status: 200,
    answers: pageOf(HostSchema, 'HostPage'),
    answerDescription: 'A page. Lists may trail what was just answered.',
    problems: [400],
    shows: ['hosts'],
  })
  listHosts(@Query({ schema: HostListQuery }) request: z.infer<typeof HostListQuery>) {
    return this.queries.execute(new ListHosts(request));
  }

  @Get(':id')
  @ApiRoute({
    summary: 'Read a host',
    scopes: ['platform:admin'],
    status: 200,
    answers: HostSchema,
    answerDescription: 'The host as the log has it now.',
    problems: [404],
  })
  getHost(@Param('id') id: string) {
    return this.queries.execute(new GetHost(id));
  }

  @Post(':id/cordon')
  @ApiRoute(act('Keep new work away from a host', 'What runs there goes on.'))
  cordonHost(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: HostAct }) { reason }: HostActBody,
  ) {
    return this.commands.execute(new ChangeHost(caller, id, { kind: 'cordon', reason }));
  }

  @Post(':id/uncordon')
  @ApiRoute(
    act(
      'Let a host take new work again',
      'Takes a cordon back, and ends a drain however far it has come.',
    ),
  )
  uncordonHost(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: HostAct }) { reason }: HostActBody,
  ) {
    return this.commands.execute(new ChangeHost(caller, id, { kind: 'uncordon', reason }));
  }

  @Post(':id/fence')
  @ApiRoute(
    act(
      'State that a host is off',
      'Whoever says so vouches that the machine is off: what ran there is taken as ended and is placed again elsewhere.',
    ),
  )
  fenceHost(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: HostFencing }) body: HostFencingBody,
  ) {
    return this.commands.execute(new ChangeHost(caller, id, { kind: 'fence', ...body }));
  }

  @Post(':id/drain')
  @ApiRoute(
    act(
      'Empty a host',
      'Nothing new is placed there. What runs may end by itself, or is evicted and placed elsewhere after a grace; that does not count as a failed attempt. `drain.drainedAt` tells when nothing was left. A further drain counts only where it evicts sooner; uncordon ends a drain.',
    ),
  )
  drainHost(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: HostDrain }) { reason, evict, graceSeconds = 0 }: HostDrainBody,
  ) {
    const evictAfterMs = evict ? graceSeconds * 1_000 : null;
    return this.commands.execute(
      new ChangeHost(caller, id, { kind: 'drain', reason, evictAfterMs }),
    );
  }

  @Post(':id/quarantine')
  @ApiRoute(
    act(
      'Put a host in quarantine',
      'Nothing is placed or started there, and nothing that ended there is released, so that evidence stays. What runs goes on, or is stopped and kept. A further quarantine counts only where it stops what goes on.',
    ),
  )
  quarantineHost(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: HostQuarantine }) { reason, stop }: HostQuarantineBody,
  ) {
    return this.commands.execute(new ChangeHost(caller, id, { kind: 'quarantine', reason, stop }));
  }

  @Post(':id/release')
  @ApiRoute(
    act(
      'Release a host from quarantine',
      'What waited is released and started, and new work comes again unless the host is cordoned or drained. Evidence on it is gone afterwards.',
    ),
  )
  releaseHost(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: HostAct }) { reason }: HostActBody,
  ) {
    return this.commands.execute(new ChangeHost(caller, id, { kind: 'release', reason }));
  }

  @Post(':id/retire')
  @ApiRoute(
    act(
      'Take a host out of the fleet for good',
      'Only a host that was drained, or never booted: 409 HOST_NOT_DRAINED otherwise. What waits and could have run only there is refused with its reasons. Every later act on it is 409 HOST_RETIRED.',
    ),
  )
  retireHost(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: HostAct }) { reason }: HostActBody,
  ) {
    return this.commands.execute(new ChangeHost(caller, id, { kind: 'retire', reason }));
  }
}
