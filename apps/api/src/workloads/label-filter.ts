import type { Label } from '@bulkhead/event-store';
import { z } from 'zod';
import { LABEL_NAME, LABEL_VALUE_MAX_LENGTH } from '../http/named.js';
import { queryText } from '../http/text.js';

/** Each is looked up by itself. */
export const LABEL_FILTERS_MAX = 8;
const LABEL_NAME_MAX_LENGTH = 255;
const LABEL_MAX_LENGTH = LABEL_NAME_MAX_LENGTH + 1 + LABEL_VALUE_MAX_LENGTH;

/** `team=billing`: up to the first `=` the name, which has none, and behind it the value, which may. */
const Pair = queryText(LABEL_MAX_LENGTH).refine(
  (pair) => isPair(pair),
  'must be a label, such as team=billing',
);

/** One label or several, which a query string gives as a text or as a list. */
export const labelFilters = z
  .preprocess(
    (given) => (typeof given === 'string' ? [given] : given),
    z.array(Pair).superRefine(({ length }, context) => {
      if (length <= LABEL_FILTERS_MAX) return;
      const message = `has at most ${LABEL_FILTERS_MAX} labels`;
      context.addIssue({ code: 'custom', message, path: [LABEL_FILTERS_MAX] });
    }),
  )
  .optional()
  .meta({
    maxItems: LABEL_FILTERS_MAX,
    description:
      'Only workloads with this label, name=value. Repeated: with all of them. Labels that were erased are not found.',
    examples: [['team=billing']],
  });

/** The label that a checked pair names. */
export function labelOf(pair: string): Label {
  const at = pair.indexOf('=');
  return { name: pair.slice(0, at), value: pair.slice(at + 1) };
}

function isPair(pair: string): boolean {
  if (!pair.includes('=')) return false;
  const { name, value } = labelOf(pair);
  const isNamed = name.length <= LABEL_NAME_MAX_LENGTH && LABEL_NAME.test(name);
  return isNamed && value.length <= LABEL_VALUE_MAX_LENGTH;
}
