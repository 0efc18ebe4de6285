import type { Event } from '../event.js';

/** A placer became the active one. Its stream's version fences every append of its predecessor. */
export type PlacerTookOver = Event<'PlacerTookOver', 1, { owner: string; term: number }>;
export type PlacerEvent = PlacerTookOver;
