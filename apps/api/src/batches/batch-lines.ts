import { isUtf8 } from 'node:buffer';
import { countNames, NESTING_MAX } from '../http/nesting.js';
import { repeatedNames } from '../http/repeated-names.js';
import { type ReadBody, UnreadBody } from '../http/unread-body.js';
import { refuseUnstorableText } from '../http/unstorable-text.js';
import type { ProblemErrors } from '../problems/problem.js';
import { ERRORS_LISTED_MAX, malformedJson } from '../problems/problems.js';
import { BATCH_TASKS_MAX } from './batch.schema.js';
import { NO_TASKS } from './batch-tasks.js';

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const NO_LINES =
  'is the batch, and no task stands behind it: each is a line of its own, or the batch has a count';
const TASK_POINTER = /^\/tasks\/(\d+)(\/.*)?$/;

type Line = Readonly<Record<string, unknown>>;

/** A batch as NDJSON: the first line is the batch, each further one what differs in one task. */
export class BatchLines extends UnreadBody {
  /** The number of each line that was read, from 1; blank ones are left out. */
  private readonly numbers: number[] = [];
  private readonly errors: ProblemErrors[number][] = [];
  private wrong = 0;

  constructor(private readonly body: Buffer) {
    super();
  }

  read(): ReadBody {
    if (!isUtf8(this.body)) throw malformedJson('The body is not valid UTF-8.');
    const lines: Line[] = [];
    for (const [number, bytes] of linesOf(this.body)) {
      if (this.numbers.length > BATCH_TASKS_MAX) {
        this.refuse(number, `is one task too many: a batch has at most ${BATCH_TASKS_MAX}`);
        break;
      }
      const line = this.lineOf(number, bytes);
      this.numbers.push(number);
      // An empty one stands in for what cannot be read, so that those behind it keep their numbers.
      lines.push(line ?? {});
    }
    if (this.numbers.length === 0) throw malformedJson('The body has no line with a batch.');
    const [batch = {}, ...tasks] = lines;
    if ('tasks' in batch) {
      this.refuse(this.numbers[0] ?? 1, 'stands in lines of their own here', '/tasks');
    }
    const value = tasks.length === 0 ? batch : { ...batch, tasks };
    return { value, problems: this.errors, problemCount: this.wrong };
  }

  asSent(errors: ProblemErrors): ProblemErrors {
    return errors.map((error) => {
      const { pointer, line } = error;
      if (pointer === undefined || line !== undefined) return error;
      const [, index, within = ''] = TASK_POINTER.exec(pointer) ?? [];
      if (error.detail === NO_TASKS)
        return { ...error, line: this.numbers[0] ?? 1, detail: NO_LINES };
      const at = index === undefined ? 0 : Number(index) + 1;
      return { line: this.numbers[at] ?? 1, ...error, ...(at > 0 && { pointer: within }) };
    });
  }

  /** Null where something is wrong with it. */
  private lineOf(number: number, bytes: Buffer): Line | null {
    const names = countNames(bytes);
    if (names === null) {
      return this.refuse(number, `must not be nested deeper than ${NESTING_MAX} levels`);
    }
    const text = bytes.toString('utf8');
    const value = parsed(text);
    if (value === undefined) return this.refuse(number, 'is not JSON');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.refuse(number, 'must be an object');
    }
    const unstorable = refuseUnstorableText(text, value)?.facts.errors ?? [];
    const wrong = unstorable.length > 0 ? unstorable : repeatedNames(text, names, value);
    for (const { pointer, detail } of wrong) this.refuse(number, detail, pointer);
    return wrong.length > 0 ? null : (value as Line);
  }

  private refuse(line: number, detail: string, pointer = ''): null {
    this.wrong += 1;
    if (this.errors.length < ERRORS_LISTED_MAX) this.errors.push({ line, pointer, detail });
    return null;
  }
}

/** Each line that is not blank, with its number from 1. */
function* linesOf(body: Buffer): Generator<readonly [number, Buffer]> {
  const hasMark = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  let from = hasMark ? BYTE_ORDER_MARK.length : 0;
  for (let number = 1; from < body.length; number += 1) {
    const newline = body.indexOf(NEWLINE, from);
    const end = newline === -1 ? body.length : newline;
    const line = body.subarray(from, end);
    from = end + 1;
    if (!isBlank(line)) yield [number, line];
  }
}

/** Nothing but what JSON takes for white space. */
function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
