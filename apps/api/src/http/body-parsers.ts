import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestProblem } from '../problems/problem.js';
import { invalidRequest, malformedJson } from '../problems/problems.js';
import { countNames, NESTING_MAX } from './nesting.js';
import { repeatedNames } from './repeated-names.js';
import type { UnreadBody } from './unread-body.js';
import { refuseUnstorableText } from './unstorable-text.js';

/** Of every body but a batch's lines. */
export const BODY_MAX_BYTES = 1024 * 1024;
/** Of a batch as NDJSON. */
export const LINES_MAX_BYTES = 16 * 1024 * 1024;
const LINES_ROUTE = '/v1/batches';
/** A token request holds four short parameters, and whoever sends it is not known yet. */
const FORM_MAX_BYTES = 16 * 1024;
const FORM_ROUTE = '/oauth/token';
const BYTE_ORDER_MARK = '\ufeff';

/**
 * JSON everywhere but at the token endpoint, which OAuth wants form-encoded; a batch may also come as lines.
 *
 * @param linesOf makes a body of lines something that can be read later
 */
export function addBodyParsers(
  fastify: FastifyInstance,
  linesOf: (body: Buffer) => UnreadBody,
): void {
  fastify.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer', bodyLimit: BODY_MAX_BYTES } as const;
  fastify.addContentTypeParser<Buffer>(
    'application/json',
    options,
    parser((request, body) => {
      if (isFormRoute(request)) throw unsupported('Send application/x-www-form-urlencoded.');
      refuseEncodings(request);
      return parseJson(body);
    }),
  );
  fastify.addContentTypeParser<Buffer>(
    'application/x-www-form-urlencoded',
    options,
    parser((request, body) => {
      if (!isFormRoute(request)) throw unsupported(`Send ${typesOf(request)}.`);
      refuseEncodings(request);
      if (body.length > FORM_MAX_BYTES) throw formTooLarge();
      return new URLSearchParams(body.toString('utf8'));
    }),
  );
  fastify.addContentTypeParser<Buffer>(
    'application/x-ndjson',
    { parseAs: 'buffer', bodyLimit: LINES_MAX_BYTES },
    parser((request, body) => {
      refuseEncodings(request);
      return linesOf(body);
    }),
  );
  // Elsewhere nobody may send as much, so it is refused before it is read. Fastify's own refusal does not know what lines are for.
  fastify.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type'] ?? '';
    const isRefused = LINES_TYPE.test(type)
      ? !takesLines(request)
      : takesLines(request) && type !== '' && !PARSED_TYPE.test(type);
    if (!isRefused || request.is404) return done();
    done(unsupported(`Send ${typesOf(request)}.`));
  });
}

/** What it throws, Fastify answers. The body of a request that no route takes is of no interest. */
function parser(parse: (request: FastifyRequest, body: Buffer) => unknown) {
  return (
    request: FastifyRequest,
    body: Buffer,
    done: (error: null, parsed: unknown) => void,
  ): void => {
    const parsed = request.is404 ? undefined : parse(request, body);
    done(null, parsed);
  };
}

const LINES_TYPE = /^\s*application\/x-ndjson\s*(;|$)/i;
const PARSED_TYPE = /^\s*application\/(json|x-www-form-urlencoded)\s*(;|$)/i;

function takesLines({ method, routeOptions }: FastifyRequest): boolean {
  return method === 'POST' && routeOptions.url === LINES_ROUTE;
}

/** What a body may be there. */
function typesOf(request: FastifyRequest): string {
  if (isFormRoute(request)) return 'application/x-www-form-urlencoded';
  return takesLines(request) ? 'application/json or application/x-ndjson' : 'application/json';
}

/** Cheap checks come first, so that a body that is refused costs little more than its reading. */
function parseJson(body: Buffer): unknown {
  // A body that is only announced is none: commands without fields need not send braces.
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw malformedJson('The body is not valid UTF-8.');
  const names = countNames(body);
  if (names === null) {
    const detail = `must not be nested deeper than ${NESTING_MAX} levels`;
    throw invalidRequest([{ pointer: '', detail }]);
  }
  const text = body.toString('utf8');
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  const parsed = parsedOrRefused(json);
  const problem = refuseUnstorableText(json, parsed);
  if (problem !== null) throw problem;
  const repeated = repeatedNames(json, names, parsed);
  if (repeated.length > 0) throw invalidRequest(repeated);
  return parsed;
}

/** The parser's words are not passed on whole: some of them quote a piece of the body. */
function parsedOrRefused(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const position = /position \d+/.exec((error as Error).message)?.[0];
    const where = position === undefined ? '' : ` at ${position}`;
    throw malformedJson(`The body cannot be parsed: it is not JSON${where}.`);
  }
}

function isFormRoute(request: FastifyRequest): boolean {
  return request.routeOptions.url === FORM_ROUTE;
}

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** Bodies are read as they come and as UTF-8; another encoding would be taken for broken JSON. */
function refuseEncodings({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') {
    throw unsupported('Send the body without a Content-Encoding.', {
      'accept-encoding': 'identity',
    });
  }
  const charset = CHARSET.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw unsupported('Send the body in UTF-8.');
  }
}

function formTooLarge(): RequestProblem {
  const detail = `A form may have ${FORM_MAX_BYTES} bytes.`;
  return new RequestProblem({
    status: 413,
    code: 'BODY_TOO_LARGE',
    title: 'The body is too large',
    detail,
  });
}

function unsupported(detail: string, headers: Record<string, string> = {}): RequestProblem {
  return new RequestProblem({
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    title: 'The content type is not supported here',
    detail,
    headers,
  });
}
