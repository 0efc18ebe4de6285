import { ApiHeader } from '@nestjs/swagger';

export const LAST_EVENT_ID = 'last-event-id';

/** For the OpenAPI document: what every event stream takes. */
export const StreamHeaders = () =>
  ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last message that was read: the stream goes on after it.',
    schema: { type: 'string', maxLength: 256 },
  });
