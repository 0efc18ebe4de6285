import type { Load } from './load.js';

/** A stream as the one that appends to it knows it. */
export interface Stream {
  readonly id: string;
  version: number;
}

/** An event store, or what is measured in its place. Lives in a process of its own. */
export interface Contestant {
  /** Resolves when the events are durable. */
  append(stream: Stream, events: number): Promise<unknown>;
  /** Told before each run; a contestant may fit its connections to it. */
  prepare?(load: Load): Promise<void>;
}
