import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';

/** Adds to an answer; null where there is nothing to wait for. What it throws is answered instead. */
export type BeforeAnswer = (reply: FastifyReply) => Promise<void> | null;

/**
 * Fastify, with something done before each answer of a route that is no error. An interceptor could do so too, but
 * the first one of an application costs every request a dozen observables, which is a tenth of a submission.
 */
export class ApiAdapter extends FastifyAdapter {
  beforeAnswer: BeforeAnswer = () => null;

  override reply(...[response, body, status]: Parameters<FastifyAdapter['reply']>) {
    const before = this.beforeAnswer(response as FastifyReply);
    if (before === null) return super.reply(response, body, status);
    // Nest waits for whatever comes back.
    return before.then(() => super.reply(response, body, status)) as never;
  }
}
