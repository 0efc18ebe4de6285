import { serveReading } from '../replay/reading.js';
import { importPeer } from './import-peer.js';

/** Among 100, 1,000, 5,000 and 10,000 the page that it reads fastest with. */
const PAGE_EVENTS = 5_000;

interface ActEvent {
  readonly id: number;
  readonly name: string;
  readonly stream: string;
  readonly data: unknown;
}

interface ActStore {
  seed(): Promise<void>;
  query(
    callback: (event: ActEvent) => void,
    query: { readonly after: number; readonly limit: number },
  ): Promise<number>;
  dispose(): Promise<void>;
}

interface ActPackage {
  readonly PostgresStore: new (config: Readonly<Record<string, unknown>>) => ActStore;
}

/** act-pg reads pages by id and parses whatever it reads. With BENCH_MANNER=seed it makes its tables only. */
void serveReading(async (url) => {
  const { PostgresStore } = await importPeer<ActPackage>('@rotorsoft/act-pg');
  const { hostname, port, username, password, pathname } = new URL(url);
  const store = new PostgresStore({
    host: hostname,
    port: Number(port),
    user: username,
    password,
    database: pathname.slice(1),
    schema: 'act',
  });
  return {
    async read(tally) {
      if (process.env['BENCH_MANNER'] === 'seed') return store.seed();
      for (let after = 0, count = PAGE_EVENTS; count === PAGE_EVENTS; ) {
        count = await store.query(
          ({ id, name, stream, data }) => {
            after = id;
            tally.fold(name, stream, data);
          },
          { after, limit: PAGE_EVENTS },
        );
      }
    },
    close: () => store.dispose(),
  };
});
