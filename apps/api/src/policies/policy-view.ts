import type { Policy, PolicyPublished } from '@bulkhead/domain';
import { timeText } from '../sources.js';
import type { PolicyView } from './policy.schema.js';

/** A published policy as operators read it. */
export function policyView({ occurredAtMs, payload }: PolicyPublished): PolicyView {
  const { version, policy } = payload;
  return { version, publishedAt: timeText(occurredAtMs), ...copyOf(policy) };
}

/** The same in lists that may be changed, which is what the schema's type asks for. */
function copyOf(policy: Policy): Omit<PolicyView, 'version' | 'publishedAt'> {
  return structuredClone(policy) as Omit<PolicyView, 'version' | 'publishedAt'>;
}
