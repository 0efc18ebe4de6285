import type { z } from 'zod';

/**
 * Refuses a span of time that ends before it begins: an empty page would tell that nothing happened, when
 * nothing was asked for.
 */
export function inOrder<From extends string, To extends string>(from: From, to: To) {
  type Span = { readonly [Name in From | To]?: string | undefined };
  return (span: Span, context: z.RefinementCtx): void => {
    const [begins, ends] = [span[from], span[to]];
    if (begins === undefined || ends === undefined) return;
    if (Date.parse(begins) <= Date.parse(ends)) return;
    const message = `${from} (${begins}) is later than ${to} (${ends}): exchange them`;
    for (const name of [from, to]) context.addIssue({ code: 'custom', path: [name], message });
  };
}
