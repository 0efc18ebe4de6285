import { once } from 'node:events';
import { WrongSettings } from '@bulkhead/settings';
import { Launch } from './launch.js';
import { openTerminal } from './output/terminal.js';
import { readSettings } from './settings.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const FAILED = 1;
/** npm passes on a Ctrl-C that the terminal already sent to everyone: both are one wish. */
const SAME_WISH_MS = 500;

/** A person or a service manager asked for the end: not a failure. */
class StopWanted extends Error {}

const terminal = openTerminal(process.env['LOG_LEVEL'] ?? 'info');

/** Runs a whole installation until someone wants it to stop; answers the exit code. */
async function run(): Promise<number> {
  const end = new AbortController();
  const launch = new Launch(readSettings(process.env), process.env, terminal, end);
  const onSignal = stopper(end, launch);
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  try {
    const ended = once(end.signal, 'abort');
    await launch.start();
    await ended;
    throw end.signal.reason;
  } catch (error) {
    // What failed first is the cause; an error that a wanted stop brings about is none.
    const cause = end.signal.aborted ? end.signal.reason : error;
    if (!end.signal.aborted) end.abort(cause);
    if (!(cause instanceof StopWanted)) complain(cause);
    const wanted = cause instanceof StopWanted;
    const hadStarted = launch.hasStarted;
    await launch.stop();
    if (wanted || hadStarted) terminal.say('Everything is stopped.');
    return wanted ? 0 : FAILED;
  }
}

/** The first signal stops in order, one that follows later ends what still runs. */
function stopper(end: AbortController, launch: Launch): () => void {
  let wantedAt = Number.POSITIVE_INFINITY;
  return () => {
    if (!end.signal.aborted) {
      terminal.say('Stopping. Once more to stop without waiting for running requests.');
      end.abort(new StopWanted());
    }
    wantedAt = Math.min(wantedAt, performance.now());
    if (performance.now() - wantedAt > SAME_WISH_MS) launch.kill();
  };
}

function complain(error: unknown): void {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  terminal.warn(message);
  if (cause instanceof Error) terminal.warn(`  because: ${cause.message}`);
}

try {
  process.exitCode = await run();
} catch (error) {
  if (error instanceof WrongSettings) {
    process.stderr.write(`bulkhead launcher: ${error.message}\n`);
  } else {
    complain(error);
    terminal.warn((error as Error).stack ?? '');
  }
  process.exitCode = FAILED;
}
