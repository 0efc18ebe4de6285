import { isMainThread } from 'node:worker_threads';

const STOP_TIMEOUT_MS = 15_000;

/**
 * Loaded into every child with `--import`. The channel to the launcher breaks when the launcher
 * is gone, even after kill -9; the child then stops as if asked to, so that no process is left
 * working on a home that the next launcher will take over.
 */
if (isMainThread && process.channel) {
  process.once('disconnect', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), STOP_TIMEOUT_MS).unref();
  });
  // The channel itself must not keep a process alive that has finished its work.
  process.channel.unref();
}
