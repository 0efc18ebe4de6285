import 'reflect-metadata';
import { createApi } from './create-api.js';
import { createLogger } from './logging.js';
import { readSettings, WrongSettings } from './settings.js';

/** A request that was accepted is answered before the process ends, but not for ever. */
const DRAIN_TIMEOUT_MS = 30_000;

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const logger = createLogger(settings.logLevel);
  const { app } = await createApi(settings, logger);
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
    app.close().then(
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

main().catch((error: unknown) => {
  const { message, stack } = error as Error;
  const known = error instanceof WrongSettings;
  process.stderr.write(`bulkhead api: ${known ? message : (stack ?? message)}\n`);
  process.exit(1);
});
