/**
 * Which part of a stream's content is what. The numbers lie beside rows that are stored, so none ever changes.
 * What can be changed later goes into a new part each time, and its event names that part.
 */
export const CONTENT_PARTS = {
  workload: 0,
  batch: { name: 0, task: (index: number): number => 1 + index },
  /** As it was created. */
  schedule: { name: 0, batch: 1 },
  /** As it was created. */
  webhook: { url: 0 },
} as const;
