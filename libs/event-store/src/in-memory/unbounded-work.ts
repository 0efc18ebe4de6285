import { OpenWork } from '../limits/open-work.js';

/** For worlds without read models: every tenant may have open what it likes. */
export function unboundedWork(): OpenWork {
  const shown = { workloads: 0, position: Number.POSITIVE_INFINITY };
  return new OpenWork({ max: Number.POSITIVE_INFINITY, read: async () => shown, clock: () => 0 });
}
