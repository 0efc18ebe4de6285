import type { Contestant, Stream } from '../append/contestant.js';
import { sampleEvents, sampleMetadata } from '../append/sample-data.js';
import { serveContestant } from '../append/serve-contestant.js';
import { importPeer } from './import-peer.js';

interface EmmettStore {
  appendToStream(
    name: string,
    events: readonly { type: string; data: unknown; metadata: unknown }[],
    options: { expectedStreamVersion: bigint | 'STREAM_DOES_NOT_EXIST' },
  ): Promise<unknown>;
}

interface EmmettPackage {
  getPostgreSQLEventStore(connectionString: string): EmmettStore;
}

/** emmett-postgresql with its defaults, pool of 10 included; the version is checked as ours is. */
async function openEmmett(): Promise<Contestant> {
  const emmett = await importPeer<EmmettPackage>('@event-driven-io/emmett-postgresql');
  const store = emmett.getPostgreSQLEventStore(process.env['BENCH_URL'] ?? '');
  return {
    append(stream: Stream, count: number) {
      const metadata = sampleMetadata(stream.id);
      const events = sampleEvents(stream.id, count).map(({ type, payload }) => ({
        type,
        data: payload,
        metadata,
      }));
      const expectedStreamVersion =
        stream.version === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(stream.version);
      return store.appendToStream(stream.id, events, { expectedStreamVersion });
    },
  };
}

void serveContestant(openEmmett);
