import type { TenantId } from '@bulkhead/domain';
import { type OpenKind, type OpenWork, type Room, TooMuchOpenWork } from '@bulkhead/event-store';
import type { Created } from '../idempotency/idempotency.js';
import { tooMuchOpenWork } from '../problems/quota-problems.js';

const REFUSED_FROM = 400;

/**
 * Runs what accepts work of a tenant. The room that it takes of what the tenant may have open is its own until it is
 * recorded, and given back at once where nothing was recorded or what was recorded is a refusal.
 * @throws RequestProblem (422) where there is no room
 */
export async function withRoom<B>(
  work: OpenWork,
  { tenantId, kind }: { readonly tenantId: TenantId; readonly kind: OpenKind },
  accept: (room: Room) => Promise<Created<B>>,
): Promise<Created<B>> {
  const room = work.room(tenantId, kind);
  let position: number | null = null;
  try {
    const created = await accept(room);
    if (created.status < REFUSED_FROM) position = created.appended?.lastPosition ?? null;
    return created;
  } catch (error) {
    throw error instanceof TooMuchOpenWork ? tooMuchOpenWork(error) : error;
  } finally {
    room.settle(position);
  }
}

/**
 * @param othersSpeak asked before anybody is refused: what no room would help against is told first
 * @throws TooMuchOpenWork, or what `othersSpeak` throws
 */
export async function takeRoom(
  room: Room,
  workloads: number,
  othersSpeak: () => Promise<unknown>,
): Promise<void> {
  try {
    await room.take(workloads);
  } catch (error) {
    if (error instanceof TooMuchOpenWork) await othersSpeak();
    throw error;
  }
}
