import type { RequestProblem } from '../problems/problem.js';
import { ERRORS_LISTED_MAX, invalidRequest } from '../problems/problems.js';
import { jsonPointer } from '../problems/validation.pipe.js';

/**
 * In valid UTF-8, U+0000 and halves of characters can only be written as escapes, and a name that is
 * forbidden only so or plainly: most bodies are cleared by one search.
 */
const SUSPECT = /\\u(00|d[89a-f])|"__proto__"|"constructor"/i;

/** With the flag `u`, halves that belong together are one character and do not match. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const UNSTORABLE = 'must not hold U+0000 or a lone surrogate';
const FORBIDDEN = 'is a forbidden property';

/** Postgres stores U+0000 and lone surrogates in `json` and then fails on every read of it. */
export function isStorable(text: string): boolean {
  return !LONE_SURROGATE.test(text) && !text.includes('\u0000');
}

/**
 * A problem that names the strings of a body that cannot be stored and the properties that would
 * change a prototype where somebody copies them; null where there are none. The body must have passed
 * the check of its nesting.
 */
export function refuseUnstorableText(source: string, body: unknown): RequestProblem | null {
  if (!SUSPECT.test(source)) return null;
  const search = new Search();
  search.visit(body);
  return search.count === 0 ? null : invalidRequest(search.listed, search.count);
}

/** Only what is listed gets a pointer; what comes after is counted, which costs next to nothing. */
class Search {
  readonly listed: { pointer: string; detail: string }[] = [];
  count = 0;
  private readonly path: PropertyKey[] = [];

  visit(value: unknown): void {
    if (typeof value === 'string') {
      if (!isStorable(value)) this.report(UNSTORABLE);
    } else if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) {
        this.path.push(index);
        this.visit(value[index]);
        this.path.pop();
      }
    } else if (typeof value === 'object' && value !== null) {
      this.visitProperties(value as Readonly<Record<string, unknown>>);
    }
  }

  private visitProperties(value: Readonly<Record<string, unknown>>): void {
    for (const name of Object.keys(value)) {
      this.path.push(name);
      if (!isStorable(name)) this.report(UNSTORABLE);
      if (isForbidden(name, value)) this.report(FORBIDDEN);
      this.visit(value[name]);
      this.path.pop();
    }
  }

  private report(detail: string): void {
    this.count += 1;
    if (this.listed.length >= ERRORS_LISTED_MAX) return;
    const pointer = jsonPointer(this.path).replaceAll(/[\p{Surrogate}\0]/gu, '\ufffd');
    this.listed.push({ pointer, detail });
  }
}

function isForbidden(name: string, owner: Readonly<Record<string, unknown>>): boolean {
  if (name === '__proto__') return true;
  if (name !== 'constructor') return false;
  const value = owner[name];
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
}
