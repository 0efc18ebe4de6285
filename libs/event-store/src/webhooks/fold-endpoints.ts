import {
  BrokenInvariant,
  type RecordedEvent,
  type TenantId,
  type WebhookEvent,
  type WebhookId,
  type WebhookState,
  webhookDecider,
  webhookPhaseOf,
} from '@bulkhead/domain';
import type { EntityManager } from 'typeorm';

export const webhookTypes: Readonly<Record<WebhookEvent['type'], true>> = {
  WebhookCreated: true,
  WebhookChanged: true,
  WebhookSecretRotated: true,
  WebhookTestRequested: true,
  WebhookResendRequested: true,
  WebhookDisabled: true,
  WebhookDisabledByTenant: true,
  WebhookEnabled: true,
  WebhookDeleted: true,
};

const ENDS_WHAT_WAITS: ReadonlySet<WebhookEvent['type']> = new Set([
  'WebhookDisabled',
  'WebhookDisabledByTenant',
  'WebhookDeleted',
]);

/** A webhook as it is after some event of a batch. */
export interface Endpoint {
  readonly webhookId: WebhookId;
  readonly tenantId: TenantId;
  version: number;
  state: WebhookState;
  /** The newest event of this batch after which nothing that waited is sent any more; 0 for none. */
  droppedAt: number;
  /** What its tenant wants sent again, and where in the log that stands. */
  resends: { readonly messageId: string; readonly position: number }[];
  /** What the batch's events name; of those, only the ones that its state names still sign. */
  metSecrets: string[];
  isChanged: boolean;
  /** Its tenant says that the receiver is another one, or well again. */
  isForgiven: boolean;
}

export function isOfWebhook(recorded: RecordedEvent): recorded is RecordedEvent<WebhookEvent> {
  return recorded.event.type in webhookTypes;
}

const LOAD = `
  SELECT webhook, tenant, version, state FROM webhooks.endpoints
   WHERE webhook = ANY ($1::text[]) OR (tenant = ANY ($2::text[]) AND status <> 'deleted')
   ORDER BY webhook`;

interface Row {
  readonly webhook: WebhookId;
  readonly tenant: TenantId;
  readonly version: number;
  readonly state: WebhookState;
}

/** The webhooks that a batch changes, and those of its tenants, as they were before it. */
export async function endpointsOf(
  batch: readonly RecordedEvent[],
  transaction: EntityManager,
): Promise<Map<string, Endpoint>> {
  const changing = batch.filter(isOfWebhook).map(({ stream }) => stream);
  const tenants = batch.filter((recorded) => !isOfWebhook(recorded)).map(({ tenant }) => tenant);
  const rows: readonly Row[] = await transaction.query(LOAD, [
    [...new Set(changing)],
    [...new Set(tenants)],
  ]);
  return new Map(
    rows.map(({ webhook, tenant, version, state }) => [
      webhook,
      { ...newEndpoint(webhook, tenant), version, state },
    ]),
  );
}

function newEndpoint(webhookId: WebhookId, tenantId: TenantId): Endpoint {
  const state = webhookDecider.initialState;
  const nothing = { droppedAt: 0, isChanged: false, isForgiven: false };
  return { webhookId, tenantId, version: 0, state, resends: [], metSecrets: [], ...nothing };
}

/** An event that an endpoint has met before changes nothing. @throws BrokenInvariant where one was left out */
export function foldInto(
  endpoints: Map<string, Endpoint>,
  { stream, version, position, tenant, event }: RecordedEvent<WebhookEvent>,
): void {
  if (tenant === null) throw new BrokenInvariant(`${stream} has no tenant`);
  const endpoint = endpoints.get(stream) ?? newEndpoint(stream as WebhookId, tenant);
  endpoints.set(stream, endpoint);
  if (version <= endpoint.version) return;
  if (version !== endpoint.version + 1) {
    throw new BrokenInvariant(
      `webhooks.endpoints has ${stream} at version ${endpoint.version}, but position ${position} is its version ${version}`,
    );
  }
  endpoint.version = version;
  endpoint.state = webhookDecider.evolve(endpoint.state, event);
  endpoint.isChanged = true;
  const { type } = event;
  if (type === 'WebhookCreated' || type === 'WebhookSecretRotated') {
    endpoint.metSecrets.push(event.payload.secretId);
  }
  if (ENDS_WHAT_WAITS.has(type)) endpoint.droppedAt = position;
  if (type === 'WebhookResendRequested') {
    endpoint.resends.push({ messageId: event.payload.messageId, position });
  }
  if (type === 'WebhookEnabled' || type === 'WebhookChanged') endpoint.isForgiven = true;
}

const KEEP = `
  INSERT INTO webhooks.endpoints (webhook, tenant, status, version, state)
  SELECT k.webhook, k.tenant, k.status, k.version, k.state::jsonb
    FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::text[])
         AS k (webhook, tenant, status, version, state) ORDER BY k.webhook
  ON CONFLICT (webhook) DO UPDATE
     SET status = excluded.status, version = excluded.version, state = excluded.state`;

/**
 * Secrets that no webhook signs with any more are deleted, those that a later event of the batch has replaced
 * included, and not those of a rotation that is under way.
 */
const KEEP_SECRETS = `
  WITH named AS (
    SELECT w.webhook, s.secret_id
      FROM unnest($1::text[], $2::text[]) AS w (webhook, secrets)
     CROSS JOIN LATERAL jsonb_array_elements_text(w.secrets::jsonb) AS s (secret_id)
  ), used AS (
    UPDATE webhooks.secrets s SET in_use = true FROM named n
     WHERE s.secret_id = n.secret_id AND s.webhook = n.webhook AND NOT s.in_use
  )
  DELETE FROM webhooks.secrets s
   WHERE s.webhook = ANY ($1::text[])
     AND (s.in_use OR s.webhook = ANY ($3::text[]) OR s.secret_id = ANY ($4::text[]))
     AND NOT EXISTS (SELECT FROM named n WHERE n.secret_id = s.secret_id)`;

const FORGIVE = `
  UPDATE webhooks.endpoints SET given_up = 0, failing_since = NULL, gone = false
   WHERE webhook = ANY ($1::text[])`;

export async function keepEndpoints(
  endpoints: ReadonlyMap<string, Endpoint>,
  transaction: EntityManager,
): Promise<void> {
  const changed = [...endpoints.values()].filter(({ isChanged }) => isChanged);
  if (changed.length === 0) return;
  const ids = (some: readonly Endpoint[]) => some.map(({ webhookId }) => webhookId);
  await transaction.query(KEEP, [
    ids(changed),
    changed.map(({ tenantId }) => tenantId),
    changed.map(({ state }) => webhookPhaseOf(state)),
    changed.map(({ version }) => version),
    changed.map(({ state }) => JSON.stringify(state)),
  ]);
  const secretsOf = ({ isDeleted, secrets }: WebhookState) =>
    isDeleted ? [] : secrets.map(({ secretId }) => secretId);
  await transaction.query(KEEP_SECRETS, [
    ids(changed),
    changed.map(({ state }) => JSON.stringify(secretsOf(state))),
    ids(changed.filter(({ state }) => state.isDeleted)),
    changed.flatMap(({ metSecrets }) => metSecrets),
  ]);
  const forgiven = ids(changed.filter(({ isForgiven }) => isForgiven));
  if (forgiven.length > 0) await transaction.query(FORGIVE, [forgiven]);
}
