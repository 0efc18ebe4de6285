import type { AttemptState, CloneOrigin } from '@bulkhead/domain';

/** How its utility VM comes up: as its start was authorized. */
export function bootOf({ computeSystemId, clonedFrom }: AttemptState): {
  readonly path: 'cold' | 'cloned';
  readonly clone?: CloneOrigin;
} {
  if (clonedFrom === undefined) return { path: 'cold' };
  const { templateId } = clonedFrom;
  const [runtimeId, seedFingerprint] = [
    `runtime of ${computeSystemId}`,
    `seed of ${computeSystemId}`,
  ];
  return { path: 'cloned', clone: { templateId, warmCopy: null, runtimeId, seedFingerprint } };
}
