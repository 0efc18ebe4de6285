import type { ProblemErrors, RequestProblem } from '../problems/problem.js';
import { invalidRequest } from '../problems/problems.js';
import { jsonPointer } from '../problems/validation.pipe.js';

/** In valid UTF-8 both can only be written as escapes, so most bodies are cleared by one search. */
const SUSPECT = /\\u(0000|d[89a-f])/i;

/** With the flag `u`, halves that belong together are one character and do not match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Postgres stores U+0000 and lone surrogates in `json` and then fails on every read of it. */
export function isStorable(text: string): boolean {
  return !LONE_SURROGATE.test(text) && !text.includes('\u0000');
}

/** A problem that lists every string of a body that cannot be stored; null where all of them can. */
export function refuseUnstorableText(source: string, body: unknown): RequestProblem | null {
  if (!SUSPECT.test(source)) return null;
  const errors = unstorable(body);
  return errors.length === 0 ? null : invalidRequest(errors);
}

/** Deeper than any body that a route takes; also bounds what the search below costs. */
const NESTING_MAX = 32;

interface Visit {
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
}

function unstorable(body: unknown): ProblemErrors {
  const errors: { pointer: string; detail: string }[] = [];
  const visits: Visit[] = [{ path: [], value: body }];
  const report = (path: readonly PropertyKey[], detail: string) => {
    const pointer = jsonPointer(path).replaceAll(/[\p{Surrogate}\0]/gu, '\ufffd');
    errors.push({ pointer, detail });
  };
  for (let visit = visits.pop(); visit !== undefined; visit = visits.pop()) {
    const { path, value } = visit;
    if (typeof value === 'string' && !isStorable(value)) report(path, UNSTORABLE);
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= NESTING_MAX) {
      report(path, 'is nested too deeply');
      continue;
    }
    for (const [key, inner] of Object.entries(value)) {
      if (!isStorable(key)) report([...path, key], UNSTORABLE);
      visits.push({ path: [...path, key], value: inner });
    }
  }
  return errors.reverse();
}

const UNSTORABLE = 'must not hold U+0000 or a lone surrogate';
