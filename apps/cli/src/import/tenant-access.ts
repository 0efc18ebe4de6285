import { randomUUID } from 'node:crypto';
import type { TenantId } from '@bulkhead/domain';
import type { Credential } from '../credentials/credential.js';
import type { ApiClient } from '../http/api-client.js';
import { isRecord, RequestRefused } from '../http/problem.js';
import type { PlannedTenant } from './plan-tenants.js';

/** A registered tenant, and how to act as it. */
export interface ImportTenant extends PlannedTenant {
  readonly id: TenantId;
  readonly credential: Credential;
}

/** The api answered without something that it must answer. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

/** A credential whose answer was lost on the way is issued again at most so often. */
const MAX_CREDENTIAL_TRIES = 5;
const CONFLICT = 409;

/** Registers a tenant and issues its credential. Repeated with the same run id it is the same tenant. */
export async function registerTenant(
  operator: ApiClient,
  runId: string,
  planned: PlannedTenant,
): Promise<ImportTenant> {
  const { name, trust, boundaryGroup } = planned;
  const body = { name, trust, ...(boundaryGroup === null ? {} : { boundary: boundaryGroup }) };
  const key = `${runId}-tenant-${planned.user ?? 'unknown'}`;
  const answer = await operator.post('/v1/tenants', body, key);
  const id = textOf(answer.body, 'id') as TenantId;
  return { ...planned, id, credential: await issueCredential(operator, id) };
}

/** A secret is answered once: where the connection broke over it, another credential is issued. */
async function issueCredential(operator: ApiClient, id: TenantId): Promise<Credential> {
  for (let tries = 1; ; tries += 1) {
    try {
      const { body } = await operator.post(`/v1/tenants/${id}/credentials`, {}, randomUUID());
      return { clientId: textOf(body, 'clientId'), clientSecret: textOf(body, 'clientSecret') };
    } catch (error) {
      const isRepeated = error instanceof RequestRefused && error.problem.status === CONFLICT;
      if (!isRepeated || tries >= MAX_CREDENTIAL_TRIES) throw error;
    }
  }
}

/** @throws BadAnswer where the field is missing */
export function textOf(body: unknown, field: string): string {
  const value = isRecord(body) ? body[field] : undefined;
  if (typeof value !== 'string') throw new BadAnswer(`the api's answer has no ${field}`);
  return value;
}
