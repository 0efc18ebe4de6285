const NAME = /^[A-Za-z][A-Za-z0-9_+/-]*$/;
export const TIME_ZONE_MAX_LENGTH = 64;
/** Zones that are remembered, of which there are about 600 names, and offsets of each. */
const KEPT_MAX = 1_000;
/** Clocks change at full quarters of an hour, so that one answer is good for all of it. */
const QUARTER_MS = 15 * 60 * 1_000;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** There is no zone of this name. */
export class InvalidTimeZone extends Error {
  override readonly name = 'InvalidTimeZone';
}

/** How far the zone's clocks are ahead of UTC, by the rules that this process knows. */
export class TimeZone {
  private static readonly kept = new Map<string, TimeZone>();
  private readonly format: Intl.DateTimeFormat;
  private readonly offsets = new Map<number, number>();

  private constructor(readonly name: string) {
    this.format = formatOf(name);
  }

  /** @throws InvalidTimeZone unless it is the name of a zone of the IANA database */
  static of(name: string): TimeZone {
    const kept = TimeZone.kept.get(name);
    if (kept !== undefined) return kept;
    const zone = new TimeZone(name);
    if (TimeZone.kept.size >= KEPT_MAX) TimeZone.kept.clear();
    TimeZone.kept.set(name, zone);
    return zone;
  }

  /** Its name in the IANA database, which it is, or is a link to, however it was written. */
  get canonicalName(): string {
    const { timeZone } = this.format.resolvedOptions();
    const renamed = RENAMED[timeZone];
    return renamed !== undefined && isKnown(renamed) ? renamed : timeZone;
  }

  /** Milliseconds to add to an instant to get what the wall shows. */
  offsetAt(instantMs: number): number {
    const quarter = Math.floor(instantMs / QUARTER_MS) * QUARTER_MS;
    const known = this.offsets.get(quarter);
    if (known !== undefined) return known;
    const shown: Record<string, number> = {};
    for (const { type, value } of this.format.formatToParts(quarter)) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    const offset = Date.UTC(year, month - 1, day, hour, minute, second) - quarter;
    if (this.offsets.size >= KEPT_MAX) this.offsets.clear();
    this.offsets.set(quarter, offset);
    return offset;
  }

  /** The offsets a day before and a day after: they differ only around a change of the clocks. */
  offsetsAround(instantMs: number): readonly [before: number, after: number] {
    return [this.offsetAt(instantMs - DAY_MS), this.offsetAt(instantMs + DAY_MS)];
  }
}

/** The name that a zone has in the IANA database, in its letters. @throws InvalidTimeZone */
export function canonicalTimeZone(name: string): string {
  return TimeZone.of(name).canonicalName;
}

/** Zones that have another name by now, where engines still answer with the one before. */
const RENAMED: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

function isKnown(name: string): boolean {
  try {
    return TimeZone.of(name) !== undefined;
  } catch {
    return false;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    if (!NAME.test(timeZone)) throw new RangeError('no name');
    return new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', calendar: 'gregory', numberingSystem: 'latn' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  } catch {
    throw new InvalidTimeZone(
      'is not the name of a time zone, such as Europe/Berlin, America/New_York or UTC',
    );
  }
}
