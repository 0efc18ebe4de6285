import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { readIfThere, writePrivateFile } from '../home/private-file.js';

const credential = z.object({ clientId: z.string(), clientSecret: z.string() });

const schema = z.object({
  /** Makes this set-up's idempotency keys differ from those of every other one. */
  id: z.string(),
  operator: credential.optional(),
  auditor: credential.optional(),
  tenantIds: z.record(z.string(), z.string()),
  tenantCredentials: z.record(z.string(), credential),
  /** Counts tries whose answer, and with it the secret, was lost in a crash. */
  credentialTries: z.record(z.string(), z.number()),
  hostIds: z.record(z.string(), z.string()),
});

/** How far the first set-up has come; written after every step, so that a crash repeats one. */
export type Progress = z.infer<typeof schema>;

/** Reads the kept progress; a set-up that has not begun gets an id of its own. */
export function readProgress(path: string): Progress {
  const kept = readIfThere(path);
  if (kept === undefined) return newProgress();
  try {
    return schema.parse(JSON.parse(kept));
  } catch (error) {
    throw new Error(`${path} cannot be read. Restore it, or remove it to set up again.`, {
      cause: error,
    });
  }
}

export function newProgress(): Progress {
  const id = randomUUID();
  return { id, tenantIds: {}, tenantCredentials: {}, credentialTries: {}, hostIds: {} };
}

export function keepProgress(path: string, progress: Progress): void {
  writePrivateFile(path, `${JSON.stringify(progress, null, 2)}\n`);
}
