/** How long and how often the benchmark runs. */
export interface Settings {
  readonly rounds: number;
  /** Of one run of one case by one contestant. */
  readonly seconds: number;
}

const DEFAULTS: Settings = { rounds: 7, seconds: 0.5 };
const USAGE = 'append takes --rounds NUMBER (1 to 100) and --seconds NUMBER (0.05 to 60)';

/** @throws Error with the usage where an argument is unknown or out of range */
export function readSettings(args: readonly string[]): Settings {
  const settings = { ...DEFAULTS };
  for (let at = 0; at < args.length; at += 2) {
    const value = Number(args[at + 1]);
    if (args[at] === '--rounds' && Number.isInteger(value) && value >= 1 && value <= 100) {
      settings.rounds = value;
    } else if (args[at] === '--seconds' && value >= 0.05 && value <= 60) {
      settings.seconds = value;
    } else {
      throw new Error(USAGE);
    }
  }
  return settings;
}
