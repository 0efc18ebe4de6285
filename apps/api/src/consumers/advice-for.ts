import type { ConsumerTrouble } from '@bulkhead/domain';

/** What an operator does about a consumer that does not go on, as the guide on operating has it. */
export function adviceFor(name: string, trouble: ConsumerTrouble): string {
  if (trouble.kind === 'waiting') {
    return 'Start workers of the version that knows it; the consumer goes on by itself then.';
  }
  if (trouble.eventId === null) {
    return 'Nothing is signed until somebody has looked. Keep every tree head, and verify the log against them (bulkhead log verify --from FILE); docs/guides/tamper-evidence.md says under “When the tree stops” what follows. It looks anew when its workers are started again.';
  }
  const retry = `Once code or cause is repaired: bulkhead consumer retry ${name} --reason "…".`;
  if (!trouble.mayBeSkipped) return retry;
  return `${retry} To leave the event out for good: bulkhead consumer skip ${name} --position ${trouble.position} --reason "…".`;
}
