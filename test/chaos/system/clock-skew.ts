/**
 * What Node has to be told so that a process believes in another time of day: its `Date` is shifted before
 * anything else is loaded. Its steady clock stays, as it does on a machine whose clock somebody set.
 */
export function skewedBy(skewMs: number): Readonly<Record<string, string>> {
  if (skewMs === 0) return {};
  const script = `
    const Real = Date;
    const now = () => Real.now() + ${skewMs};
    globalThis.Date = class Date extends Real {
      constructor(...given) { if (given.length === 0) super(now()); else super(...given); }
      static now() { return now(); }
    };`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(script)}` };
}
