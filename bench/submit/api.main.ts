import { pino } from 'pino';
import { createApi } from '../../apps/api/src/create-api.js';
import type { LogDatabase } from '../histories/log-database.js';
import { settingsOf, tenantToken } from './bench-api.js';

/** An api as it runs in production, in a process of its own; Postgres is beside it. */
async function serve(database: LogDatabase): Promise<void> {
  const { app } = await createApi(settingsOf(database), pino({ level: 'silent' }));
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const token = await tenantToken(database, url);
  process.on('message', () => process.send?.({ url, token, used: process.cpuUsage() }));
  process.on('disconnect', () => process.exit());
  process.send?.({ ready: true });
}

await serve(JSON.parse(process.env['BENCH_DATABASE'] ?? '{}') as LogDatabase);
