import type { UuidSource } from '@bulkhead/domain';

const DIGITS = 32;

/** Ids that count, so that a simulation names everything in the same way every time. */
export function countedIds(): UuidSource {
  let count = 0;
  return () => {
    count += 1;
    return count.toString(16).padStart(DIGITS, '0');
  };
}
