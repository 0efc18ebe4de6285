import { ApiUnavailable } from '../http/problem.js';
import type { StreamClient, StreamMessage } from '../http/stream-client.js';

/**
 * The messages of a stream about something that does not depend on who reads. Where patience is over after some
 * came, the error says so too: who sees the command fail must not take that for the end of what it followed.
 */
export async function* followed(
  streams: StreamClient,
  path: string,
  goesOn: string,
): AsyncGenerator<StreamMessage> {
  let isHeard = false;
  try {
    for await (const message of streams.messages(path)) {
      isHeard = true;
      yield message;
    }
  } catch (error) {
    throw isHeard && error instanceof ApiUnavailable ? error.with(goesOn) : error;
  }
}
