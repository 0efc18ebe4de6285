import 'reflect-metadata';
import { WrongSettings } from '@bulkhead/settings';
import { createLogger } from './logging.js';
import { readSettings } from './settings.js';

/** A request that was accepted is answered before the process ends, but not for ever. */
const DRAIN_TIMEOUT_MS = 30_000;
/** How long connections that are kept alive have to be used once more, and be ended by an answer. */
const NOTICE_MS = 1_000;

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const logger = createLogger(settings.logLevel);
  // Loaded once the settings are right: whoever has them wrong hears so at once.
  const { createApi } = await import('./create-api.js');
  const { app, stopping: connections } = await createApi(settings, logger);
  await app.listen(settings.port, settings.host);
  logger.info({ url: await app.getUrl() }, 'listening');
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'draining');
    setTimeout(() => {
      logger.error({ timeoutMs: DRAIN_TIMEOUT_MS }, 'draining took too long');
      process.exit(1);
    }, DRAIN_TIMEOUT_MS).unref();
    connections.announce();
    const noticed = new Promise((resolve) => setTimeout(resolve, NOTICE_MS));
    const closed = noticed.then(() => app.close());
    closed.then(
      () => process.exit(0),
      (err: unknown) => {
        logger.error({ err }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** One sentence says why; where in the code it happened is in the error's stack, for debugging. */
main().catch((error: unknown) => {
  const { message, stack } = error as Error;
  const isDebug = ['debug', 'trace'].includes(process.env['LOG_LEVEL'] ?? '');
  const shown = isDebug && !(error instanceof WrongSettings) ? stack : message;
  process.stderr.write(`bulkhead api: ${shown}\n`);
  process.exit(1);
});
