import type { FastifyInstance } from 'fastify';
import type { ProblemErrors } from '../problems/problem.js';
import { invalidRequest } from '../problems/problems.js';

const ASCII = /^[\0-\x7f]*$/;
const DETAIL = 'must be percent-encoded UTF-8';

/** A query that cannot be decoded is refused: read as it stands, it would silently match nothing. */
export function refuseUndecodableQueries(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ url }, _reply, done) => {
    const errors = undecodable(url);
    done(errors.length > 0 ? invalidRequest(errors) : undefined);
  });
}

/** One problem for each parameter whose name or value is not percent-encoded UTF-8. */
export function undecodable(url: string): ProblemErrors {
  const start = url.indexOf('?');
  if (start === -1 || isDecodable(url.slice(start))) return [];
  return url
    .slice(start + 1)
    .split('&')
    .filter((part) => !isDecodable(part))
    .map((part) => {
      const [name = ''] = part.split('=', 1);
      return { parameter: isDecodable(name) ? decodeURIComponent(name) : '\ufffd', detail: DETAIL };
    });
}

function isDecodable(text: string): boolean {
  if (!ASCII.test(text)) return false;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
