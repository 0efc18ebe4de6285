import { z } from 'zod';
import { isStorable } from './unstorable-text.js';

/** Text of a client, of a length that its use allows. Bodies are checked for U+0000 as a whole. */
export const text = (maxLength: number) => z.string().min(1).max(maxLength);

/** What a person sees nothing of: white space, control and format characters, fillers. */
const SEEN = /[^\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** What people call something by, so that they have to see something of it. */
export const name = (maxLength: number) =>
  text(maxLength).refine((value) => value === '' || SEEN.test(value), {
    error: 'must not be blank: it needs at least one character that can be seen',
  });

/** Text of a query string, where U+0000 and lone surrogates are not caught earlier. */
export const queryText = (maxLength: number) =>
  text(maxLength).refine(isStorable, 'must not hold U+0000 or a lone surrogate');

const DECIMAL = /^\d{1,16}$/;

/** A whole number of a query string in decimal digits; `0x10` and `1e2` are no numbers of clients. */
export const queryInt = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value),
    z.int(`must be a whole number from ${min} to ${max}`).min(min).max(max),
  );

/** `true` or `false`; a query string knows only text. */
export const queryBoolean = z.preprocess(
  (value) => (value === 'true' || value === 'false' ? value === 'true' : value),
  z.boolean('must be true or false'),
);

/** A time as clients write it: RFC 3339 with any offset. */
export const time = z.iso
  .datetime({
    offset: true,
    // What is no time is neither too early nor too late.
    abort: true,
    error: 'must be a time with date and zone, such as 2026-11-21T10:42:00Z',
  })
  .meta({ examples: ['2026-11-21T10:42:00.000Z'] });

/** Why somebody did it; it stands in the log. */
export const reason = text(500).meta({ examples: ['contract signed'] });

/** A tenant's own reason: unlike what its workloads run, it cannot be erased, and its author is told so. */
export const lastingReason = text(500).meta({
  description:
    'Stands in the log for good, where auditors read it. Unlike commands, environments, names and labels it cannot be erased, so nothing personal belongs here.',
});
