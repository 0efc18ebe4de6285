import {
  isId,
  type TenantId,
  type WebhookId,
  type WebhookState,
  webhookDecider,
} from '@bulkhead/domain';
import { type ContentRow, contentRows, type EventLog, sealContent } from '@bulkhead/event-store';
import { notFound } from '../problems/problems.js';
import type { RandomBytes } from '../sources.js';

/** What of a webhook lies beside the log. */
interface WebhookContent {
  readonly url?: string;
}

/** The URL, under a salt of its own, for the part that an event names. */
export function sealUrl(url: string, randomBytes: RandomBytes) {
  const sealed = sealContent({ url }, randomBytes);
  const rowsAt = (tenantId: TenantId, webhookId: WebhookId, part: number): readonly ContentRow[] =>
    contentRows(tenantId, webhookId, part, sealed);
  return { sha256: sealed.sha256, rowsAt };
}

/** Null where it was erased. */
export async function readUrl(
  log: Pick<EventLog, 'readContent'>,
  tenantId: TenantId,
  webhookId: WebhookId,
  { contentPart }: WebhookState,
): Promise<string | null> {
  const content = await log.readContent(tenantId, webhookId, contentPart);
  return (content as WebhookContent | null)?.url ?? null;
}

/** The URLs of many, in the order asked for. */
export async function readUrls(
  log: Pick<EventLog, 'readContents'>,
  tenantId: TenantId,
  webhooks: readonly { readonly webhookId: WebhookId; readonly state: WebhookState }[],
): Promise<readonly (string | null)[]> {
  const contents = await log.readContents(
    tenantId,
    webhooks.map(({ webhookId: stream, state }) => ({ stream, part: state.contentPart })),
  );
  return contents.map((content) => (content as WebhookContent | null)?.url ?? null);
}

/** A webhook as the log has it now. @throws RequestProblem where the tenant has no such one, or not any more */
export async function readWebhook(
  log: Pick<EventLog, 'readState'>,
  tenantId: TenantId,
  id: string,
): Promise<{ readonly webhookId: WebhookId; readonly state: WebhookState }> {
  if (!isId('whk', id)) throw notFound('webhook');
  const { state, version } = await log.readState(tenantId, id, webhookDecider);
  if (version === 0 || state.isDeleted) throw notFound('webhook');
  return { webhookId: id, state };
}
