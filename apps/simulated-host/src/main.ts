import { PacedTime, SimulatedFleet } from '@bulkhead/hypervisor/simulated';
import { WrongSettings } from '@bulkhead/settings';
import pino, { type Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { Home } from './home.js';
import { type HostClock, hostClockFrom, hostTimeAt } from './host-clock.js';
import { monotonicClock, realTimers } from './real-time.js';
import { createServer } from './server.js';
import { readSettings, type Settings } from './settings.js';

const STOP_WITHIN_MS = 5_000;

/** The port comes first: a second process on it must not touch the journals of the first. */
async function run(settings: Settings, logger: Logger): Promise<void> {
  const home = new Home(settings.home);
  const kept = home.clock();
  const { time, hostClock } = timeOfHosts(kept, settings.clockSpeed, home.toldMs());
  const fleet = new SimulatedFleet({
    clock: time.clock,
    timers: time,
    uuid: uuidv7,
    timeScale: settings.timeScale,
    clockSpeed: settings.clockSpeed,
    faults: settings.faults,
    kernelPanics: settings.kernelPanics,
    openJournal: (hostId) => home.openJournal(hostId),
    keep: (spec) => home.keep(spec),
  });
  let ready = false;
  const isReady = () => ready;
  const app = createServer({ fleet, home, token: settings.token, logger, isReady });
  const url = await app.listen({ port: settings.port, host: settings.bind });
  if (hostClock !== kept && (kept !== null || hostClock.speed !== 1)) home.keepClock(hostClock);
  for (const spec of home.hosts()) fleet.bringBack(spec);
  ready = true;
  logger.info({ url, hosts: fleet.hostIds().length }, 'simulated hosts are up');
  const stop = (signal: string) => {
    logger.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error, logger),
    );
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
}

/** Where the clock of the hosts was in the earlier life of this process, it goes on from there. */
function timeOfHosts(kept: HostClock | null, speed: number, toldMs: number) {
  const nowMs = monotonicClock();
  const hostClock = hostClockFrom(kept, nowMs, speed, toldMs);
  const fromMs = hostTimeAt(hostClock, nowMs);
  const time = new PacedTime({ clock: monotonicClock, timers: realTimers, speed, fromMs });
  return { time, hostClock };
}

/** A host that cannot keep its journal must not go on: what it ran ends with the process. */
function fail(error: unknown, logger: Logger): never {
  logger.fatal({ err: error }, 'simulated hosts have failed');
  process.exit(1);
}

/** One sentence says why, however little is logged; the rest is only of interest to debuggers. */
function refuseStart(error: unknown, logger: Logger): never {
  logger.debug({ err: error }, 'simulated hosts could not start');
  process.stderr.write(`bulkhead simulated-host: ${(error as Error).message}\n`);
  process.exit(1);
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof WrongSettings)) throw error;
    process.stderr.write(`bulkhead simulated-host: ${error.message}\n`);
    process.exit(1);
  }
}

const settings = settingsOrExit();
const logger = pino({ name: 'simulated-host', level: settings.logLevel });
process.once('uncaughtException', (error) => fail(error, logger));
process.once('unhandledRejection', (error) => fail(error, logger));
run(settings, logger).catch((error: unknown) => refuseStart(error, logger));
