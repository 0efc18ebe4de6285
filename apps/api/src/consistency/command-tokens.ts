import type { EventLog } from '@bulkhead/event-store';
import type { FastifyReply } from 'fastify';
import { CONSISTENCY_HEADER, type ConsistencyTokens, tokenScope } from './consistency-tokens.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether an answer that is no error carries a consistency token. */
    isCommand: boolean;
  }
}

/** Gives the answers of commands their token. */
export class CommandTokens {
  constructor(
    private readonly tokens: Pick<ConsistencyTokens, 'seal'>,
    private readonly log: Pick<EventLog, 'lastPosition'>,
  ) {}

  /** Only ever called for what a route answers, never for what it threw; null where there is nothing to wait for. */
  addTo(reply: FastifyReply): Promise<void> | null {
    const { caller, isCommand } = reply.request;
    if (!isCommand || caller === null) return null;
    const scope = tokenScope(caller);
    const add = (position: number) => {
      void reply.header(CONSISTENCY_HEADER, this.tokens.seal(scope, position));
    };
    const { position } = caller.recorded;
    // A repetition records nothing: what it repeats was recorded at some position up to now.
    if (position === null) return this.log.lastPosition().then(add);
    add(position);
    return null;
  }
}
