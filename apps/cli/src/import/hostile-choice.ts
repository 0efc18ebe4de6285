/** Which users' tenants are hostile: those named, or a percentage picked by a seeded hash. */
export type HostileChoice =
  | { readonly kind: 'users'; readonly users: readonly number[] }
  | { readonly kind: 'percentage'; readonly percentage: number };

/** Nobody is hostile unless it is asked for. */
export const NOBODY: HostileChoice = { kind: 'users', users: [] };

const MAX_USERS = 10_000;

/** Reads `20%` or `3,7,9`. @throws RangeError with a sentence for the one who typed it */
export function parseHostileChoice(text: string): HostileChoice {
  const percentage = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text.trim());
  if (percentage !== null) {
    const value = Number(percentage[1]);
    if (value > 100) throw new RangeError(`${text} is more than 100%`);
    return { kind: 'percentage', percentage: value };
  }
  const words = text.split(',').map((word) => word.trim());
  if (words.length > MAX_USERS || !words.every((word) => /^\d{1,15}$/.test(word))) {
    throw new RangeError(`expected a percentage (20%) or user numbers (3,7,9), not ${text}`);
  }
  return { kind: 'users', users: words.map(Number) };
}
