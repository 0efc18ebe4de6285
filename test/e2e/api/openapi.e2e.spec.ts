import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Submission } from '../../../apps/api/src/workloads/submission.schema.js';
import { ApiUnderTest } from './api-under-test.js';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: object }[];
  readonly requestBody?: { readonly content: Record<string, { schema: object }> };
  readonly responses: Record<
    string,
    {
      description: string;
      headers?: Record<string, object>;
      content?: Record<string, { schema: { $ref?: string } }>;
    }
  >;
}

const TOKEN = 'Bulkhead-Consistency-Token';
/** They answer one JSON value a line. */
const LINES = ['GET /v1/audit/log/entries'];
/** They answer Server-Sent Events. */
const STREAM = /\/stream$/;
const LOGS = 'GET /v1/workloads/{id}/logs';
const LOG_FORMS = ['application/json', 'application/x-ndjson', 'text/plain', 'text/event-stream'];
/** They are sent like commands, and change nothing. */
const READ_ONLY = [
  'POST /v1/audit/log/verify',
  'POST /v1/workloads/explain',
  'POST /v1/schedules/preview',
];

let api: ApiUnderTest;
let document: {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Record<string, unknown>>; securitySchemes: object };
};

beforeAll(async () => {
  api = await ApiUnderTest.start();
  document = (await api.call('GET', '/openapi.json')).body;
});
afterAll(() => api.stop());

function operations(): [string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

describe('the OpenAPI document', () => {
  it('is of version 3.1 and covers every route that the server has', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const served = api.running.routes
      .all()
      .filter((route) => !/^(HEAD|OPTIONS)|\/docs|openapi\.json|\/$/.test(route))
      .map((route) => route.replaceAll(/:([a-z]+)/g, '{$1}'))
      .sort();
    expect(
      operations()
        .map(([route]) => route)
        .sort(),
    ).toEqual(served);
    expect(served.length).toBeGreaterThan(25);
  });

  it('gives every operation a name of its own, a summary, a success and its problems', () => {
    const names = operations().map(([, { operationId }]) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const [route, { summary, responses, security }] of operations()) {
      expect(summary, route).toBeTruthy();
      const success = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      expect(success, route).toHaveLength(1);
      if (success[0]?.[0] !== '204') {
        const lines = LINES.includes(route) ? 'application/x-ndjson' : 'application/json';
        const types = STREAM.test(route) ? ['text/event-stream'] : [lines];
        const forms = route === LOGS ? LOG_FORMS : types;
        expect(Object.keys(success[0]?.[1].content ?? {}), route).toEqual(forms);
      }
      const problems = Object.entries(responses).filter(([, { content }]) =>
        Object.hasOwn(content ?? {}, 'application/problem+json'),
      );
      for (const [, { content }] of problems) {
        expect(content?.['application/problem+json']?.schema).toEqual({
          $ref: '#/components/schemas/Problem',
        });
      }
      const statuses = problems.map(([status]) => status);
      expect(statuses, route).toContain('500');
      if (route.includes('/v1/')) {
        expect(security?.[0]?.['oauth2']?.length, route).toBeGreaterThan(0);
        expect(statuses, route).toEqual(expect.arrayContaining(['401', '403', '503']));
      }
    }
  });

  it('documents bodies, path parameters, query parameters and idempotency keys', () => {
    for (const [route, { requestBody, parameters = [] }] of operations()) {
      const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const named = parameters
        .filter((parameter) => parameter.in === 'path')
        .map(({ name }) => name);
      expect(named, route).toEqual(inPath);
      if (route.startsWith('POST')) expect(requestBody, route).toBeDefined();
    }
    const list = document.paths['/v1/workloads']?.['get'];
    expect(list?.parameters?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['limit', 'cursor', 'status', 'batch', 'isolation']),
    );
    const submit = document.paths['/v1/workloads']?.['post'];
    expect(submit?.parameters?.map(({ name }) => name)).toContain('Idempotency-Key');
    expect(submit?.requestBody?.content['application/json']?.schema).toEqual({
      $ref: '#/components/schemas/Submission',
    });
  });

  it('documents consistency tokens: in the answers of all commands, in the requests of all lists', () => {
    let [commands, lists] = [0, 0];
    for (const [route, { responses, parameters = [] }] of operations()) {
      const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
      const answersWithToken = success?.headers?.[TOKEN] !== undefined;
      const isCommand = /^(POST|PUT|PATCH|DELETE) \/v1\//.test(route) && !READ_ONLY.includes(route);
      expect([route, answersWithToken]).toEqual([route, isCommand]);
      commands += isCommand ? 1 : 0;
      const schema = JSON.stringify(success?.content ?? {});
      if (!/schemas\/\w+Page"/.test(schema)) continue;
      lists += 1;
      expect(
        parameters.map(({ name }) => name),
        route,
      ).toContain(TOKEN);
      expect(Object.keys(responses), route).toContain('400');
    }
    expect([commands > 10, lists > 6]).toEqual([true, true]);
    expect(document.paths['/v1/workloads']?.['get']?.responses).toHaveProperty('504');
  });

  it('refers only to schemas that it holds', () => {
    const text = JSON.stringify(document);
    const references = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to));
    expect(references.size).toBeGreaterThan(15);
    for (const reference of references) {
      const name = reference?.replace('#/components/schemas/', '') ?? '';
      expect(document.components.schemas, reference).toHaveProperty(name);
    }
    expect(text).not.toContain('$defs');
  });

  it('shows examples that the server itself accepts, and the security scheme', () => {
    expect(document.components.securitySchemes).toHaveProperty('oauth2.flows.clientCredentials');
    const { Submission: submission, Workload, Problem } = document.components.schemas;
    for (const schema of [submission, Workload, Problem]) {
      expect(schema?.['example'] ?? schema?.['examples']).toBeDefined();
    }
    expect(Submission.safeParse(submission?.['example']).success).toBe(true);
  });

  it('says of every field of a submission, a task and a batch what it means, and what leaving a limit out does', () => {
    for (const name of [
      'Submission',
      'TaskFields',
      'BatchSubmission',
      'ScheduledBatch',
      'Simulation',
    ]) {
      const { properties } = document.components.schemas[name] as { properties: object };
      const silent = Object.entries(properties).filter(
        ([, field]) => !field.description && !field.$ref && !field.allOf,
      );
      expect([name, silent.map(([field]) => field)]).toEqual([name, []]);
    }
    const { maxParallel, maxFailures } = (
      document.components.schemas['BatchSubmission'] as {
        properties: Record<string, { description: string }>;
      }
    ).properties;
    expect(maxParallel?.description).toContain('Left out: ');
    expect(maxFailures?.description).toContain('Left out: ');
  });

  it('calls nothing but the way of tasks over hosts spread', () => {
    expect(document.components.schemas).not.toHaveProperty('Spread');
    expect(document.components.schemas).toHaveProperty('MeasuredTimes');
  });

  it('can be browsed at /docs', async () => {
    const page = await api.call('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.text).toContain('Bulkhead API');
  });

  it('is where a browser comes to that opens the address of the api, and no program', async () => {
    const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const opened = await api.call('GET', '/', { headers });
    expect(opened.status).toBe(200);
    expect(opened.text).toContain('Bulkhead API');
    const { status } = await fetch(`${api.url}/?from=mail`, { headers, redirect: 'manual' });
    expect(status).toBe(302);
    const asked = await api.call('GET', '/');
    expect([asked.status, asked.body.code]).toEqual([404, 'ROUTE_NOT_FOUND']);
    expect((await api.call('GET', '/v1', { headers })).status).toBe(404);
    expect((await api.call('POST', '/', { headers })).status).toBe(404);
  });
});
