import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FrameStream } from './frame-stream.js';

export const EVENT_STREAM_TYPE = 'text/event-stream';

/**
 * Answers with a stream. Whoever asks only for the head gets that of the answer, and nothing is left open.
 * @throws what `open` throws
 */
export async function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  open: () => Promise<FrameStream>,
): Promise<void> {
  const stream = await open();
  const isHead = request.method === 'HEAD';
  if (isHead) stream.destroy();
  else stream.carriedBy(reply.raw);
  void reply
    .header('content-type', `${EVENT_STREAM_TYPE}; charset=utf-8`)
    // Proxies would otherwise gather events until a buffer of theirs is full.
    .header('x-accel-buffering', 'no')
    // It ends with its stream, so that a process that stops waits for no connection.
    .header('connection', 'close')
    .send(isHead ? '' : stream);
}
