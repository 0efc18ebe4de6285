import { CronExpressionParser } from 'cron-parser';
import { fieldProblems } from './field-problems.js';

export const CRON_MAX_LENGTH = 200;

/** What does not come for so long never does: whoever looks further looks at every day on the way. */
const YEARS_MAX = 10;
const HORIZON_MS = YEARS_MAX * 366 * 24 * 60 * 60 * 1_000;

const FIELDS = 5;
const HOURS_OF_A_DAY = 24;
/** Digits, names, `*`, `?`, lists, ranges, steps, `#` for the nth and `L` for the last day. */
const FIELD = /^[0-9A-Za-z*?,/#-]+$/;
/** Jenkins' `H`, for which the library would draw a number of its own at every reading. */
const HASHED = /(?<![A-Za-z])H(?![A-Za-z])/i;

/** What the library says of the thirtieth of February. */
const NO_SUCH_DAY = /explicit day of month/i;

/** What a name stands for. */
const CRON_NAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@weekdays': '0 0 * * 1-5',
  '@weekends': '0 0 * * 0,6',
};

/** The text is no expression; `problems` say for its author everything that is wrong with it. */
export class InvalidCron extends Error {
  override readonly name = 'InvalidCron';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('; '));
  }
}

/** Forward from a time, or backward to it. */
export type Direction = 'forward' | 'backward';

/**
 * An expression of five fields: minute, hour, day of the month, month, day of the week. Where both kinds of
 * day are restricted, either is enough. It tells what a clock on a wall shows when it is time, and nothing
 * of zones: wall times are milliseconds, as if the wall were in UTC, which never jumps.
 */
export class Cron {
  /** Whether it names no hour, and so means instants that follow one another, whatever the clock shows. */
  readonly isEveryHour: boolean;
  private readonly fields: string;

  /** @throws InvalidCron */
  constructor(readonly text: string) {
    this.fields = fieldsOf(text);
    this.isEveryHour = this.parse(0).fields.hour.values.length === HOURS_OF_A_DAY;
  }

  /** Wall times strictly after this one, ascending, or before it, descending, for ten years. */
  *walls(fromWallMs: number, direction: Direction): Generator<number> {
    const expression = this.parse(fromWallMs);
    for (;;) {
      let wallMs: number;
      try {
        wallMs = (direction === 'forward' ? expression.next() : expression.prev()).getTime();
      } catch {
        // None is left within the horizon.
        return;
      }
      yield wallMs;
    }
  }

  private parse(fromWallMs: number) {
    try {
      return CronExpressionParser.parse(this.fields, {
        tz: 'UTC',
        currentDate: new Date(fromWallMs),
        startDate: new Date(fromWallMs - HORIZON_MS),
        endDate: new Date(fromWallMs + HORIZON_MS),
      });
    } catch (error) {
      const problems = fieldProblems(this.fields.split(' '));
      throw new InvalidCron(problems.length > 0 ? problems : [otherwise(error as Error)]);
    }
  }
}

/** Each field is right by itself, so the library has refused what they are together. */
function otherwise({ message }: Error): string {
  return NO_SUCH_DAY.test(message)
    ? 'no such time comes: no month that is named has such a day'
    : 'the five fields cannot be read together';
}

function fieldsOf(text: string): string {
  const named = CRON_NAMES[text];
  if (named !== undefined) return named;
  if (text.startsWith('@')) {
    throw new InvalidCron([`the names are ${Object.keys(CRON_NAMES).join(', ')}`]);
  }
  const fields = text.trim().split(/\s+/);
  if (text.length > CRON_MAX_LENGTH || fields.length !== FIELDS || text.trim() === '') {
    throw new InvalidCron([
      'five fields are needed: minute, hour, day of month, month, day of week; nothing fires more often than once a minute',
    ]);
  }
  if (!fields.every((field) => FIELD.test(field) && !HASHED.test(field))) {
    throw new InvalidCron(fieldProblems(fields));
  }
  return fields.join(' ');
}
