import { z } from 'zod';
import { BadAnswer } from '../import/tenant-access.js';

const wholeNumber = z.int().min(0);

/** What the api answers about the log, as far as it is used here; it may say more. */
export const TreeHeadAnswer = z.object({
  size: wholeNumber,
  checkpoint: z.string(),
  logSize: wholeNumber,
});
export type ServedTreeHead = z.infer<typeof TreeHeadAnswer>;

export const InclusionAnswer = z.object({
  leafIndex: wholeNumber,
  treeSize: wholeNumber,
  leafHash: z.base64(),
  hashes: z.array(z.base64()),
  rootHash: z.base64(),
  checkpoint: z.string(),
});

export const TilesAnswer = z.object({ tiles: z.array(z.base64().nullable()) });
export const VerifierKeysAnswer = z.object({ keys: z.array(z.string()).min(1) });

/** The answer in the shape that it must have. @throws BadAnswer */
export function answered<S extends z.ZodType>(schema: S, path: string, body: unknown): z.infer<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new BadAnswer(`${path} answered something else than the log's api does`);
}
