import type { Event } from '../event.js';

/**
 * An operator had a consumer leave out the event that it could not apply, for good. `eventId`, `stream`
 * and `type` say which one it was, so that the record explains itself without the event.
 */
export type ConsumerEventSkipped = Event<
  'ConsumerEventSkipped',
  1,
  {
    consumer: string;
    position: number;
    eventId: string;
    stream: string;
    type: string;
    reason: string;
  }
>;

/** An operator had a stopped consumer try again. `stoppedAtMs` names the stop that it answers. */
export type ConsumerRetryRequested = Event<
  'ConsumerRetryRequested',
  1,
  { consumer: string; position: number; stoppedAtMs: number; reason: string }
>;

export type ConsumerEvent = ConsumerEventSkipped | ConsumerRetryRequested;
