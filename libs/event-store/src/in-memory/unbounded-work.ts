import { OpenWork } from '../limits/open-work.js';

/** For worlds without read models: every tenant may have open what it likes. */
export function unboundedWork(): OpenWork {
  const none = { open: 0, position: Number.POSITIVE_INFINITY };
  const shown = { workloads: none, batches: none, head: 0 };
  return new OpenWork({ max: Number.POSITIVE_INFINITY, read: async () => shown, clock: () => 0 });
}
