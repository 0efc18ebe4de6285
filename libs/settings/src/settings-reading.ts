import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/** A process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A token with less than this can be guessed. */
export const TOKEN_LENGTH_MIN = 32;
export const KEY_BYTES = 32;

/** A setting is missing or wrong; the message lists every one of them by name. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
  constructor(readonly problems: readonly string[]) {
    super(`settings are wrong\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads what a process was told by its environment, and the files that are named there. It goes on after
 * the first problem, so that whoever has to mend them sees all of them at once.
 */
export class SettingsReading<Schema extends z.ZodObject> {
  /** Settings that are empty in a file or a shell mean the same as settings that are not there. */
  readonly given: Environment;
  /** What is wrong, each under the name of its setting. Readers of single settings may add to them. */
  readonly problems: string[];
  private readonly parsed: z.ZodSafeParseResult<z.infer<Schema>>;

  constructor(schema: Schema, environment: Environment) {
    this.given = Object.fromEntries(
      Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
    );
    this.parsed = schema.safeParse(this.given);
    this.problems = (this.parsed.error?.issues ?? []).map(({ path, message }) => {
      const name = path.join('.');
      return `${name} ${this.given[name] === undefined ? 'is missing' : message}`;
    });
  }

  /** Every setting by its name, once all that has to be read was read. @throws WrongSettings */
  settings(): z.infer<Schema> {
    const { success, data } = this.parsed;
    if (!success || this.problems.length > 0) throw new WrongSettings(this.problems);
    return data;
  }

  /** The text of the file that a setting names; undefined where it names none or cannot be read. */
  textOf(setting: string): string | undefined {
    const path = this.given[setting];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      this.problems.push(`${setting} names the file ${path}, which cannot be read (${reason})`);
      return undefined;
    }
  }

  /** The token that a file holds: a file, so that it is in no process list and no dump of an environment. */
  tokenOf(setting: string): string {
    const token = this.textOf(setting)?.trim();
    if (token !== undefined && token.length < TOKEN_LENGTH_MIN) {
      const problem = `which holds fewer than ${TOKEN_LENGTH_MIN} characters`;
      this.problems.push(`${setting} names the file ${this.given[setting]}, ${problem}`);
    }
    return token ?? '';
  }

  /** The key that a file holds in hexadecimal; nothing of it is ever told. */
  keyOf(setting: string): Buffer {
    const hex = this.textOf(setting)?.trim();
    if (hex !== undefined && !new RegExp(`^[0-9a-fA-F]{${2 * KEY_BYTES}}$`).test(hex)) {
      const wanted = `${KEY_BYTES} random bytes as ${2 * KEY_BYTES} hex digits`;
      this.problems.push(`${setting} must hold ${wanted}`);
    }
    return Buffer.from(hex ?? '', 'hex');
  }
}
