import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { appendGroup } from '../../../libs/event-store/src/log/append.js';
import { encodeAppend } from '../../../libs/event-store/src/log/encode-append.js';
import {
  AlreadyAnswered,
  type Append,
  type Appended,
  AppendOutcomeUnknown,
  LogOverloaded,
  LogUnavailable,
  VersionConflict,
} from '../../../libs/event-store/src/log/event-log.js';
import type { PostgresLog } from '../../../libs/event-store/src/log/postgres-log.js';
import { append, TENANT_A, write } from '../../../libs/event-store/src/log/samples.contract.js';
import { troubleOf } from '../../../libs/event-store/src/postgres-trouble.js';
import { note } from './notes.js';

export interface LaneParts {
  readonly log: PostgresLog;
  readonly pool: pg.Pool;
  readonly newEventId: () => string;
  readonly chance: () => number;
  readonly file: string;
}

const EVENTS_MAX = 3;
const PAUSE_MAX_MS = 20;
const RETRY_PAUSE_MS = 50;
/** Longer than any outage of a test: a writer that gives up would hide that the log never came back. */
const TRIES_MAX = 1_200;
/** Share of appends that stay in a transaction of their own for a while, and of those that then go back. */
const HELD = 0.04;
const TAKEN_BACK = 0.5;
const ON_SHARED_STREAM = 0.2;
/** Every writer's, so that many of their appends conflict. */
const SHARED_STREAM = 'wl_shared';

/** One append after the other, each with a random fate, and a note of what its writer was told. */
export class Lane {
  constructor(
    private readonly parts: LaneParts,
    private readonly name: string,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const { chance } = this.parts;
    for (let nr = 0; !signal.aborted; nr += 1) {
      const id = `${this.name}x${nr}`;
      const kind = chance();
      if (kind < HELD) await this.hold(id);
      else if (kind < HELD + ON_SHARED_STREAM) await this.onShared(id);
      else await this.untilKnown(id);
      if (chance() < 0.1) await sleep(chance() * PAUSE_MAX_MS);
    }
  }

  /** Tried again until it is known to be recorded, by its key or by its stream's version. */
  private async untilKnown(id: string): Promise<void> {
    const wanted = this.appendOf(id, `wl_${id}`, 0);
    const hasKey = this.parts.chance() < 0.5;
    const body = hasKey ? { ...wanted, idempotentAnswer: answerOf(id) } : wanted;
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.recorded(id, await this.parts.log.append(body));
        return;
      } catch (error) {
        if (isOwnTrace(error, attempt, hasKey)) return this.recorded(id, null);
        if (!mayPass(error) || attempt >= TRIES_MAX) throw error;
        await sleep(RETRY_PAUSE_MS);
      }
    }
  }

  /** Whoever is second is refused and goes elsewhere. An unknown outcome stays unknown. */
  private async onShared(id: string): Promise<void> {
    const { log, file } = this.parts;
    try {
      const history = await log.readStream(TENANT_A, SHARED_STREAM, this.seen);
      this.seen += history.length;
      this.recorded(id, await log.append(this.appendOf(id, SHARED_STREAM, this.seen)));
    } catch (error) {
      if (error instanceof VersionConflict) note(file, { did: 'dropped', id });
      else if (!mayPass(error)) throw error;
      else await sleep(RETRY_PAUSE_MS);
    }
  }

  private seen = 0;

  /** Appends in a transaction of its own, waits while everybody else has to, and commits or goes back. */
  private async hold(id: string): Promise<void> {
    const { pool, chance, newEventId, file } = this.parts;
    const member = encodeAppend(this.appendOf(id, `wl_${id}`, 0));
    const client = await pool.connect().catch(() => null);
    if (client === null) return sleep(RETRY_PAUSE_MS);
    let lost = false;
    try {
      await client.query('BEGIN');
      const [outcome] = await appendGroup(insideOf(client), [member], newEventId);
      await sleep(chance() * PAUSE_MAX_MS);
      const takesBack = chance() < TAKEN_BACK;
      await client.query(takesBack ? 'ROLLBACK' : 'COMMIT');
      if (takesBack) note(file, { did: 'dropped', id });
      else this.recorded(id, outcome as Appended);
    } catch (error) {
      lost = true;
      if (!mayPass(error)) throw error;
    } finally {
      client.release(lost);
    }
  }

  private appendOf(id: string, stream: `wl_${string}`, version: number): Append {
    const events = 1 + Math.floor(this.parts.chance() * EVENTS_MAX);
    const reasons = Array.from({ length: events }, (_, nr) => `${id}/${nr}`);
    note(this.parts.file, { did: 'sent', id, events });
    return append(write(stream, version, reasons));
  }

  private recorded(id: string, appended: Appended | null): void {
    const firstPosition = appended?.firstPosition ?? null;
    note(this.parts.file, { did: 'recorded', id, firstPosition });
  }
}

function answerOf(key: string) {
  const route = 'POST /v1/workloads';
  return { scope: TENANT_A, route, key, requestSha256: 'ab', status: 202, body: { key } };
}

/** On a stream that nobody else writes, only an earlier try of one's own can have come before. */
function isOwnTrace(error: unknown, attempt: number, hasKey: boolean): boolean {
  if (attempt === 1) return false;
  return hasKey ? error instanceof AlreadyAnswered : error instanceof VersionConflict;
}

function mayPass(error: unknown): boolean {
  return (
    error instanceof AppendOutcomeUnknown ||
    error instanceof LogUnavailable ||
    error instanceof LogOverloaded ||
    troubleOf(error) !== null
  );
}

/** A pool whose only connection is inside a transaction that its holder ends. */
function insideOf(client: pg.PoolClient): pg.Pool {
  const connection = { query: client.query.bind(client), release: () => {} };
  return { connect: async () => connection } as unknown as pg.Pool;
}
