import { describe } from 'vitest';
import { appendContract } from './append.contract.js';
import type { WholeLog } from './event-log.js';
import { idempotencyContract } from './idempotency.contract.js';
import { readContract } from './read.contract.js';

/** A log under test, and how time passes for what it remembers. */
export interface LogUnderTest {
  readonly log: WholeLog;
  passTime(ms: number): Promise<void>;
  close(): Promise<void>;
}

export type OpenLog = () => Promise<LogUnderTest>;

/** What every implementation of the log must do. Each test starts with an empty log. */
export function describeEventLog(name: string, open: OpenLog): void {
  describe(name, () => {
    appendContract(open);
    idempotencyContract(open);
    readContract(open);
  });
}
