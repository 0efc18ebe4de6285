/**
 * One job of a log in the Standard Workload Format, version 2.2. The format writes -1 for what is not
 * known; here that is null. Times are in seconds, the submission counted from the start of the log.
 */
export interface SwfJob {
  /** Where it stands in the file, counted from 1. Unlike the job number it never occurs twice. */
  readonly line: number;
  readonly jobNumber: number;
  readonly submitSeconds: number;
  readonly runSeconds: number | null;
  readonly allocatedProcessors: number | null;
  readonly requestedProcessors: number | null;
  readonly requestedSeconds: number | null;
  readonly user: number | null;
  readonly group: number | null;
  readonly application: number | null;
}

/** Where the fields stand that are read; the format has 18, and names the others for schedulers. */
const FIELD = {
  jobNumber: 0,
  submit: 1,
  run: 3,
  allocatedProcessors: 4,
  requestedProcessors: 7,
  requestedTime: 8,
  user: 11,
  group: 12,
  application: 13,
} as const;
const FIELD_COUNT = 18;

/** What a line of the file is. Comments start with `;`; a malformed line says what is wrong with it. */
export type SwfLine =
  | { readonly kind: 'job'; readonly job: SwfJob }
  | { readonly kind: 'comment' }
  | { readonly kind: 'malformed'; readonly line: number; readonly problem: string };

const SHOWN_CHARS = 40;

/** Reads one line. It never throws: whatever is no job and no comment is malformed. */
export function parseSwfLine(text: string, line: number): SwfLine {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.startsWith(';')) return { kind: 'comment' };
  const malformed = (problem: string): SwfLine => ({ kind: 'malformed', line, problem });
  const words = trimmed.split(/\s+/);
  if (words.length !== FIELD_COUNT) {
    return malformed(`${words.length} fields instead of ${FIELD_COUNT}`);
  }
  const wrong = words.findIndex((word) => !/^-?\d+(\.\d+)?$/.test(word));
  if (wrong >= 0) return malformed(`field ${wrong + 1} is no number: ${shown(words[wrong])}`);
  const numbers = words.map(Number);
  const number = (field: number) => numbers[field] ?? -1;
  const whole = Object.values(FIELD).find((field) => !Number.isSafeInteger(number(field)));
  if (whole !== undefined) {
    return malformed(`field ${whole + 1} is no whole number: ${shown(words[whole])}`);
  }
  if (number(FIELD.jobNumber) < 1) return malformed('field 1, the job number, is less than 1');
  if (number(FIELD.submit) < 0) return malformed('field 2, the submission time, is negative');
  const known = (field: number) => (number(field) < 0 ? null : number(field));
  return {
    kind: 'job',
    job: {
      line,
      jobNumber: number(FIELD.jobNumber),
      submitSeconds: number(FIELD.submit),
      runSeconds: known(FIELD.run),
      allocatedProcessors: known(FIELD.allocatedProcessors),
      requestedProcessors: known(FIELD.requestedProcessors),
      requestedSeconds: known(FIELD.requestedTime),
      user: known(FIELD.user),
      group: known(FIELD.group),
      application: known(FIELD.application),
    },
  };
}

function shown(word = ''): string {
  // Control characters of a broken file must not reach a terminal.
  return JSON.stringify(word.length > SHOWN_CHARS ? `${word.slice(0, SHOWN_CHARS)}…` : word);
}
