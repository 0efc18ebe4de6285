import type { WholeLog } from './event-log.js';

/** A log under test, and how time passes for what it remembers. */
export interface LogUnderTest {
  readonly log: WholeLog;
  passTime(ms: number): Promise<void>;
  close(): Promise<void>;
}

export type OpenLog = () => Promise<LogUnderTest>;
