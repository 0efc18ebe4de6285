import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestProblem } from '../problems/problem.js';
import { malformedJson } from '../problems/problems.js';
import { refuseUnstorableText } from './unstorable-text.js';

/** Of every body, batches included. */
export const BODY_MAX_BYTES = 1024 * 1024;
const FORM_ROUTE = '/oauth/token';

type Done = (error: Error | null, body?: unknown) => void;

/** JSON everywhere but at the token endpoint, which OAuth wants form-encoded. */
export function addBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  const options = { parseAs: 'buffer', bodyLimit: BODY_MAX_BYTES } as const;
  fastify.addContentTypeParser<Buffer>('application/json', options, (request, body, done) => {
    if (isFormRoute(request)) return done(unsupported('application/x-www-form-urlencoded'));
    // A body that is only announced is none: commands without fields need not send braces.
    if (body.length === 0) return done(null, undefined);
    if (!isUtf8(body)) return done(malformedJson('The body is not valid UTF-8.'));
    const text = body.toString('utf8');
    void parseJson(request, text, ((error, parsed) => {
      if (error !== null)
        return done(malformedJson(`The body cannot be parsed: ${reason(error)}.`));
      done(refuseUnstorableText(text, parsed), parsed);
    }) as Done);
  });
  fastify.addContentTypeParser<Buffer>(
    'application/x-www-form-urlencoded',
    options,
    (request, body, done) => {
      if (!isFormRoute(request)) return done(unsupported('application/json'));
      done(null, new URLSearchParams(body.toString('utf8')));
    },
  );
}

function isFormRoute(request: FastifyRequest): boolean {
  return request.routeOptions.url === FORM_ROUTE;
}

function unsupported(wanted: string): RequestProblem {
  return new RequestProblem({
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    title: 'The content type is not supported here',
    detail: `Send ${wanted}.`,
  });
}

/** The parser's words without the piece of the body that some of them quote. */
function reason(error: Error): string {
  if (/forbidden prototype property/.test(error.message)) return 'it names a forbidden property';
  const position = /position \d+/.exec(error.message)?.[0];
  return position === undefined ? 'it is not JSON' : `it is not JSON at ${position}`;
}
