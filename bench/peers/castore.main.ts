import type { Contestant, Stream } from '../append/contestant.js';
import { sampleEvents, sampleMetadata } from '../append/sample-data.js';
import { serveContestant } from '../append/serve-contestant.js';
import { importPeer } from './import-peer.js';

interface Detail {
  readonly aggregateId: string;
  readonly version: number;
  readonly type: string;
  readonly payload: unknown;
  readonly metadata: unknown;
}

interface Grouped {
  context?: { eventStoreId: string };
}

interface CastoreAdapter {
  pushEvent(detail: Detail, options: { eventStoreId: string }): Promise<unknown>;
  groupEvent(detail: Detail): Grouped;
  pushEventGroup(options: object, ...events: Grouped[]): Promise<unknown>;
}

interface CastorePackage {
  readonly PostgresEventStorageAdapter: {
    new (options: { connectionString: string }): CastoreAdapter;
    createEventTable(options: {
      connectionString: string;
      aggregateId: { type: 'VARCHAR'; length: number };
    }): Promise<unknown>;
  };
}

const EVENT_STORE_ID = 'workloads';
const AGGREGATE_ID_LENGTH = 64;

/** castore's Postgres adapter with its defaults: one event is one INSERT, several are a transaction. */
async function openCastore(): Promise<Contestant> {
  const connectionString = process.env['BENCH_URL'] ?? '';
  const castore = await importPeer<CastorePackage>('@castore/event-storage-adapter-postgres');
  const aggregateId = { type: 'VARCHAR', length: AGGREGATE_ID_LENGTH } as const;
  await castore.PostgresEventStorageAdapter.createEventTable({ connectionString, aggregateId });
  const adapter = new castore.PostgresEventStorageAdapter({ connectionString });
  return {
    append(stream: Stream, count: number) {
      const metadata = sampleMetadata(stream.id);
      const details = sampleEvents(stream.id, count).map(({ type, payload }, nr) => ({
        aggregateId: stream.id,
        version: stream.version + nr + 1,
        type,
        payload,
        metadata,
      }));
      const [first] = details;
      if (details.length === 1 && first !== undefined) {
        return adapter.pushEvent(first, { eventStoreId: EVENT_STORE_ID });
      }
      const grouped = details.map((detail) =>
        Object.assign(adapter.groupEvent(detail), { context: { eventStoreId: EVENT_STORE_ID } }),
      );
      return adapter.pushEventGroup({}, ...grouped);
    },
  };
}

void serveContestant(openCastore);
