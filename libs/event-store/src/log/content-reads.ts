import type { StreamId, TenantId } from '@bulkhead/domain';
import { AlteredContent } from './altered-content.js';
import type { ContentPart } from './event-log.js';

/** Parts in one query: as many as keep it well under a millisecond for each that waits. */
export const CONTENTS_TOGETHER_MAX = 200;

/** Reads many parts of one tenant's content in one round trip, in the order asked for. */
export type ReadTogether = (
  tenant: TenantId,
  parts: readonly ContentPart[],
) => Promise<readonly unknown[]>;

interface Asked {
  readonly part: ContentPart;
  readonly found: (body: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Single reads of content that come together share a round trip, as they do when a batch of attempts is
 * started: those of one moment go at once, those that come while a read is under way go together after it.
 * A read is never answered from a query that was sent before it was asked for.
 */
export class ContentReads {
  private readonly waiting = new Map<TenantId, Asked[]>();
  private isGoing = false;

  constructor(private readonly readTogether: ReadTogether) {}

  /** One part; null where it was erased, never was, or is someone else's. @throws AlteredContent */
  read(tenant: TenantId, stream: StreamId, part: number, sha256?: string): Promise<unknown> {
    return new Promise((found, failed) => {
      const asked = { part: { stream, part, ...(sha256 && { sha256 }) }, found, failed };
      const line = this.waiting.get(tenant);
      if (line === undefined) this.waiting.set(tenant, [asked]);
      else line.push(asked);
      if (this.isGoing) return;
      this.isGoing = true;
      queueMicrotask(() => void this.readOn());
    });
  }

  /** One tenant after the other, each with what waits for it; a tenant that asks for more goes to the end. */
  private async readOn(): Promise<void> {
    for (;;) {
      const [next] = this.waiting;
      if (next === undefined) break;
      const [tenant, line] = next;
      this.waiting.delete(tenant);
      const now = line.splice(0, CONTENTS_TOGETHER_MAX);
      if (line.length > 0) this.waiting.set(tenant, line);
      await this.readSome(tenant, now);
    }
    this.isGoing = false;
  }

  private async readSome(tenant: TenantId, asked: readonly Asked[]): Promise<void> {
    try {
      const parts = asked.map(({ part }) => part);
      const bodies = await this.readTogether(tenant, parts);
      for (const [at, { found, failed }] of asked.entries()) {
        const body = bodies[at] ?? null;
        if (body instanceof AlteredContent) failed(body);
        else found(body);
      }
    } catch (error) {
      for (const { failed } of asked) failed(error);
    }
  }
}
