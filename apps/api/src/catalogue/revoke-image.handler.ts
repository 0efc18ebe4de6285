import { type Clock, imageDecider, isId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { type ImageView, imageView } from './image.schema.js';

export class RevokeImage extends Command<ImageView> {
  constructor(
    readonly caller: Caller,
    readonly id: string,
    readonly reason: string,
  ) {
    super();
  }
}

/** The image's stream moves on, and with it every guard on it: what was decided from it before is refused. */
@CommandHandler(RevokeImage)
export class RevokeImageHandler implements ICommandHandler<RevokeImage> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id, reason }: RevokeImage): Promise<ImageView> {
    if (!isId('img', id)) throw notFound('image');
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: id,
      decider: imageDecider,
      command: { kind: 'revoke-image', reason, nowMs: this.clock() },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return imageView(executed.state);
  }
}
