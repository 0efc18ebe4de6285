import { describe, expect, it } from 'vitest';
import { acceptedType } from './accepted-type.js';

describe('what a client accepts', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/plain', 'text/plain'],
    ['text/*', 'text/plain'],
    ['TEXT/Plain; charset=utf-8', 'text/plain'],
    ['application/json;q=0.5, text/plain', 'text/plain'],
    ['text/plain;q=0.2, */*;q=0.1', 'text/plain'],
    ['text/plain;q=0, */*', 'application/json'],
    ['image/png', 'application/json'],
    ['text/plain;q=seven', 'application/json'],
  ])('by %s is %s', (accept, type) => {
    expect(acceptedType(accept, ['application/json', 'text/plain'])).toBe(type);
  });
});
