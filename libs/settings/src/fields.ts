import { z } from 'zod';

/** A whole number within bounds, as the environment has it: text. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine(
      (text) => Number.isInteger(Number(text)) && Number(text) >= min && Number(text) <= max,
      {
        error: ({ input }) => `must be a whole number from ${min} to ${max}, not "${input}"`,
      },
    )
    .transform(Number);

/** One of a few words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: ({ input }) => `must be one of ${words.join(', ')}, not "${input}"` });

export const port = wholeNumber(0, 65_535);

export const logLevel = oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);

// What a URL says is never repeated: it may hold a password.
export const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'must be a postgres:// URL',
});
export const redisUrl = z.url({
  protocol: /^rediss?$/,
  error: 'must be a redis:// or rediss:// URL',
});
export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' });

/** The name of a file; what it holds is read by `SettingsReading`. */
export const file = z.string();
