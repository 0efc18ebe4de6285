import { describe, expect, it } from 'vitest';
import { connectionProblem } from './connection-problem.js';

const URL_WITH_PASSWORD = 'postgres://bulkhead_api:secret@db.example/bulkhead';

describe('a database that cannot be connected to', () => {
  it.each([
    ['ECONNREFUSED', 'nothing answers at db.example:5432 (ECONNREFUSED)'],
    ['28P01', 'the server at db.example:5432 refuses the login of bulkhead_api (28P01)'],
    ['3D000', 'the server at db.example:5432 has no database bulkhead (3D000)'],
  ])('for the reason %s is described without its password', (code, words) => {
    expect(connectionProblem(Object.assign(new Error(), { code }), URL_WITH_PASSWORD)).toBe(words);
  });

  it('for a reason that says nothing about the connection is left to others', () => {
    expect(connectionProblem(new TypeError('x'), URL_WITH_PASSWORD)).toBeUndefined();
    expect(connectionProblem(null, URL_WITH_PASSWORD)).toBeUndefined();
  });
});
