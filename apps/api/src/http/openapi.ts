import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { SCOPES } from '../auth/scopes.js';
import { Problem } from '../problems/problem.js';

const DESCRIPTION = `Runs other people's code for many tenants on shared machines, decides for every workload how
strong the wall around it must be, and proves afterwards what it decided.`;

const NDJSON = 'application/x-ndjson';

/** Serves the OpenAPI 3.1 document at /openapi.json and a page to browse it at /docs. */
export function serveOpenApi(app: INestApplication, publicUrl: string, version: string): void {
  // Made when it is first asked for, so that no start waits for it.
  SwaggerModule.setup('docs', app, () => createOpenApi(app, publicUrl, version), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Bulkhead API',
  });
}

/** The document is made from the very schemas that requests are validated with. */
export function createOpenApi(
  app: INestApplication,
  publicUrl: string,
  version: string,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Bulkhead')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(publicUrl)
    .addOAuth2(
      {
        type: 'oauth2',
        description: 'Client credentials; the token is sent as Authorization: Bearer.',
        flows: { clientCredentials: { tokenUrl: '/oauth/token', scopes: { ...SCOPES } } },
      },
      'oauth2',
    )
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => convert(schema, schemaType),
    operationIdFactory: (_controller, method) => method,
  });
  for (const { post } of Object.values(document.paths)) describeLines(post);
  const problem = convert(Problem, 'output');
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...(problem?.components as object) },
  };
  return document;
}

/** To a schema, lines of JSON are text. */
function describeLines(operation: OpenAPIObject['paths'][string]['post']): void {
  const body = operation?.requestBody;
  if (body === undefined || !('content' in body) || body.content[NDJSON] === undefined) return;
  body.content[NDJSON] = {
    schema: { type: 'string', description: 'A JSON object on each line, as the route describes.' },
  };
}

function convert(schema: unknown, io: 'input' | 'output') {
  if (!(schema instanceof z.ZodType)) return undefined;
  const converted = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' });
  const text = JSON.stringify(converted).replaceAll('#/$defs/', '#/components/schemas/');
  const { $defs = {}, $schema: _dialect, ...rest } = JSON.parse(text) as typeof converted;
  return { schema: rest, components: $defs };
}
