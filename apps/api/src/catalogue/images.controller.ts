import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { sendAnswer } from '../http/send-answer.js';
import { Idempotency, type IdempotencyOf } from '../idempotency/idempotent.js';
import { type PageRequest, pageOf, pageQuery } from '../paging/page.js';
import {
  ImageRegistration,
  type ImageRegistrationBody,
  ImageRevocation,
  type ImageRevocationBody,
  ImageSchema,
} from './image.schema.js';
import { GetImage, ListImages } from './read-images.handlers.js';
import { RegisterImage } from './register-image.handler.js';
import { RevokeImage } from './revoke-image.handler.js';

const PageQuery = z.strictObject(pageQuery);

@ApiTags('catalogue')
@Controller('v1/images')
export class ImagesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Register an image',
    description:
      'Facts that decisions are made from, so they never change: the same facts again are answered with the image, other facts with 409. A workload of an image that is not registered gets a utility VM.',
    scopes: ['platform:admin'],
    status: 201,
    answers: ImageSchema,
    answerDescription: 'In the catalogue.',
    problems: [400, 409, 413, 415, 422],
    creates: true,
  })
  async registerImage(
    @CurrentCaller() caller: Caller,
    @Body({ schema: ImageRegistration }) registration: ImageRegistrationBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = new RegisterImage(caller, registration, idempotency(registration));
    const answer = await this.commands.execute(command);
    return sendAnswer(reply, answer, ({ id }) => `/v1/images/${id}`);
  }

  @Get()
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

  @Get(':id')
  @ApiRoute({
    summary: 'Read an image',
    scopes: ['platform:admin'],
    status: 200,
    answers: ImageSchema,
    answerDescription: 'The image as the log has it now.',
    problems: [404],
  })
  getImage(@Param('id') id: string) {
    return this.queries.execute(new GetImage(id));
  }

  @Post(':id/revoke')
  @ApiRoute({
    summary: 'Revoke an image, for good',
    description:
      'Submissions of it are refused from now on, and so is what waits for a place, further attempts included. What holds a place goes on. May be repeated: the first reason stays.',
    scopes: ['platform:admin'],
    status: 200,
    answers: ImageSchema,
    answerDescription: 'Revoked.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
  })
  revokeImage(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: ImageRevocation }) { reason }: ImageRevocationBody,
  ) {
    return this.commands.execute(new RevokeImage(caller, id, reason));
  }
}
