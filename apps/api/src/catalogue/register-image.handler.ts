import {
  type Clock,
  fold,
  type ImageEvent,
  type ImageRegistered,
  imageDecider,
  parseOsVersion,
} from '@bulkhead/domain';
import { type EventLog, imageIdOf } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import {
  type Answer,
  answerOnce,
  type Created,
  type IdempotentRequest,
  rememberedAnswer,
} from '../idempotency/idempotency.js';
import { rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { type ImageRegistrationBody, type ImageView, imageView } from './image.schema.js';

export class RegisterImage extends Command<Answer<ImageView>> {
  constructor(
    readonly caller: Caller,
    readonly registration: ImageRegistrationBody,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

/** The same reference with the same facts again changes nothing, with or without an idempotency key. */
@CommandHandler(RegisterImage)
export class RegisterImageHandler implements ICommandHandler<RegisterImage> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute(command: RegisterImage): Promise<Answer<ImageView>> {
    return answerOnce(this.log, command.idempotency, () => this.register(command));
  }

  private async register(command: RegisterImage): Promise<Created<ImageView>> {
    const { caller, registration, idempotency } = command;
    const image = imageOf(registration);
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: image.imageId,
      decider: imageDecider,
      command: { kind: 'register-image', image, nowMs: this.clock() },
      alongside: (events) => {
        const state = fold(imageDecider, events as readonly ImageEvent[]);
        return rememberedAnswer(idempotency, 201, imageView(state));
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return { status: 201, body: imageView(executed.state), appended: executed.appended };
  }
}

function imageOf(registration: ImageRegistrationBody): ImageRegistered['payload'] {
  const { osVersion, manifestDigest, attestation, ...facts } = registration;
  return {
    imageId: imageIdOf(facts.reference),
    ...facts,
    osVersion: osVersion === undefined ? null : parseOsVersion(osVersion),
    provenance: {
      origin: 'registered',
      manifestDigest: manifestDigest ?? null,
      attestation: attestation ?? null,
    },
  };
}
