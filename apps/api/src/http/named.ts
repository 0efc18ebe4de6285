import { z } from 'zod';

export const LABEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._\-/]*$/;
/** The same in words, for whoever has used another one. */
export const LABEL_NAME_RULE =
  'it may have letters from A to Z, digits and . _ - /, and begins with a letter or digit';
export const LABEL_VALUE_MAX_LENGTH = 255;
const NAME_MAX_LENGTH = 255;
const NAMES_MAX = 256;
/** Hosts that differ in labels are different to placement, so there are few. */
const HOST_LABELS_MAX = 16;

/** Names are counted before each of them is looked at, so that 90,000 wrong ones cost no more than one. */
export function named(name: RegExp, valueMaxLength: number, rule: string, most = NAMES_MAX) {
  const entries = z.record(
    z.string().max(NAME_MAX_LENGTH).regex(name, rule),
    z.string().max(valueMaxLength),
  );
  const isFew = (given: unknown) =>
    typeof given !== 'object' || given === null || Object.keys(given).length <= most;
  const { $schema: _, ...shape } = z.toJSONSchema(entries);
  return z
    .unknown()
    .refine(isFew, `has at most ${most} names`)
    .meta({ ...shape, maxProperties: most })
    .pipe(entries);
}

export const hostLabels = named(
  LABEL_NAME,
  LABEL_VALUE_MAX_LENGTH,
  LABEL_NAME_RULE,
  HOST_LABELS_MAX,
);
