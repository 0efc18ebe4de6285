import type { StreamId } from '@bulkhead/domain';
import { openPool, PostgresLog, uuidSource } from '@bulkhead/event-store';
import { v7 } from 'uuid';
import type { Contestant, Stream } from './contestant.js';
import { ROUTE, sampleAnswer, sampleEvents, sampleMetadata, TENANT } from './sample-data.js';
import { serveContestant } from './serve-contestant.js';

/** As long as a real one; what it hashes does not matter to the log. */
const REQUEST_SHA256 = 'ab'.repeat(32);

/**
 * The log as the api uses it: its role, its pool, and an idempotency row with whatever begins a stream.
 * BENCH_URL is the api's.
 */
async function openLog(): Promise<Contestant> {
  const pool = openPool({ url: process.env['BENCH_URL'] ?? '', applicationName: 'bench-append' });
  const log = new PostgresLog({ pool, newEventId: uuidSource(Date.now, v7) });
  return {
    append(stream: Stream, count: number) {
      const written = {
        owner: TENANT,
        stream: stream.id as StreamId,
        expectedVersion: stream.version,
        events: sampleEvents(stream.id, count),
      };
      const metadata = sampleMetadata(stream.id);
      if (stream.version > 0) return log.append({ streams: [written], metadata });
      const idempotentAnswer = {
        scope: TENANT,
        route: ROUTE,
        key: stream.id,
        requestSha256: REQUEST_SHA256,
        status: 202,
        body: sampleAnswer(stream.id),
      };
      return log.append({ streams: [written], metadata, idempotentAnswer });
    },
  };
}

void serveContestant(openLog);
