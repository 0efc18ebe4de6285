import { isUtf8 } from 'node:buffer';
import { type NextTurn, Slices } from '@bulkhead/event-store';
import { BODY_MAX_BYTES } from '../http/body-parsers.js';
import { countNames, NESTING_MAX } from '../http/nesting.js';
import { repeatedNames } from '../http/repeated-names.js';
import { type ReadBody, UnreadBody } from '../http/unread-body.js';
import { refuseUnstorableText } from '../http/unstorable-text.js';
import type { ProblemErrors } from '../problems/problem.js';
import { ERRORS_LISTED_MAX, malformedJson } from '../problems/problems.js';
import { countProblems, problemErrors } from '../problems/validation.pipe.js';
import { BATCH_TASKS_MAX, TaskFields } from './batch.schema.js';
import { NO_TASKS } from './batch-tasks.js';

/** A line has as much as a submission by itself may have. */
const LINE_MAX_BYTES = BODY_MAX_BYTES;
/** More than any task has fields, labels and variables. */
const LINE_NAMES_MAX = 1_024;
/** What a name costs to read, in bytes of something else: the engine looks each new one up among all that it knows. */
const NAME_COSTS_BYTES = 64;

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const NO_LINES =
  'is the batch, and no task stands behind it: each is a line of its own, or the batch has a count';
const TASK_POINTER = /^\/tasks\/(\d+)(\/.*)?$/;

type Line = Readonly<Record<string, unknown>>;

/**
 * A batch as NDJSON: the first line is the batch, each further one what differs in one task. Lines are read and
 * held against the schema of a task in slices, between which the process does other things.
 */
export class BatchLines extends UnreadBody {
  /** The number of each line that was read, from 1; blank ones are left out. */
  private readonly numbers: number[] = [];
  private readonly errors: ProblemErrors[number][] = [];
  private wrong = 0;
  private readonly slices: Slices;

  constructor(
    private readonly body: Buffer,
    nextTurn: NextTurn,
  ) {
    super();
    this.slices = new Slices(nextTurn);
  }

  async read(): Promise<ReadBody> {
    if (!isUtf8(this.body)) throw malformedJson('The body is not valid UTF-8.');
    let batch: Line = {};
    const tasks: unknown[] = [];
    for (const [number, bytes] of linesOf(this.body)) {
      if (this.numbers.length > BATCH_TASKS_MAX) {
        this.refuse(number, `is one task too many: a batch has at most ${BATCH_TASKS_MAX}`);
        break;
      }
      await this.slices.did(bytes.length);
      const line = await this.lineOf(number, bytes);
      if (this.numbers.length === 0) batch = this.headOf(number, line ?? {});
      else tasks.push(line === null ? null : this.taskOf(number, line));
      this.numbers.push(number);
    }
    if (this.numbers.length === 0) throw malformedJson('The body has no line with a batch.');
    const checked = tasks.length === 0 ? {} : { tasks };
    return { value: batch, checked, problems: this.errors, problemCount: this.wrong };
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

  private headOf(number: number, { tasks, ...batch }: Line): Line {
    if (tasks !== undefined) this.refuse(number, 'stands in lines of their own here', '/tasks');
    return batch;
  }

  private taskOf(number: number, line: Line): unknown {
    const result = TaskFields.safeParse(line);
    if (result.success) return result.data;
    const { issues } = result.error;
    if (this.errors.length >= ERRORS_LISTED_MAX) this.wrong += countProblems(issues);
    else {
      for (const { pointer, detail } of problemErrors(issues, 'body')) {
        this.refuse(number, detail, pointer);
      }
    }
    return null;
  }

  /** Null where something is wrong with it. */
  private async lineOf(number: number, bytes: Buffer): Promise<Line | null> {
    if (bytes.length > LINE_MAX_BYTES) {
      return this.refuse(number, `is longer than ${LINE_MAX_BYTES} bytes`);
    }
    const names = countNames(bytes);
    if (names === null) {
      return this.refuse(number, `must not be nested deeper than ${NESTING_MAX} levels`);
    }
    if (names > LINE_NAMES_MAX) {
      return this.refuse(number, `gives more than ${LINE_NAMES_MAX} names`);
    }
    await this.slices.did(names * NAME_COSTS_BYTES);
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

/** Each line that is not blank, from its first character on, with its number from 1. */
function* linesOf(body: Buffer): Generator<readonly [number, Buffer]> {
  const hasMark = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  let number = 1;
  for (let from = hasMark ? BYTE_ORDER_MARK.length : 0; from < body.length; from += 1) {
    const byte = body[from];
    if (byte === NEWLINE) number += 1;
    else if (!isSpace(byte)) {
      const newline = body.indexOf(NEWLINE, from);
      const end = newline === -1 ? body.length : newline;
      yield [number, body.subarray(from, end)];
      from = end - 1;
    }
  }
}

/** What JSON takes for white space, but the end of a line. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
