import { describe } from 'vitest';
import { appendContract } from './append.contract.js';
import { idempotencyContract } from './idempotency.contract.js';
import type { OpenLog } from './log-under-test.contract.js';
import { readContract } from './read.contract.js';

/** What every implementation of the log must do. Each test starts with an empty log. */
export function describeEventLog(name: string, open: OpenLog): void {
  describe(name, () => {
    appendContract(open);
    idempotencyContract(open);
    readContract(open);
  });
}
