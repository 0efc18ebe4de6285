import type { Event } from '../event.js';

/** An operator wants a read model made anew from the log, beside the one that readers go on to see. */
export type ProjectionRebuildRequested = Event<
  'ProjectionRebuildRequested',
  1,
  { projection: string; reason: string }
>;

export type ProjectionEvent = ProjectionRebuildRequested;
