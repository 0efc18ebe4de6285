import { EXIT } from './output/exit-codes.js';
import { runProgram } from './program.js';

const interruption = new AbortController();
// The first Ctrl-C lets a command put back what it changed; the second one ends it at once.
process.once('SIGINT', () => interruption.abort());
process.once('SIGTERM', () => interruption.abort());
// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`The answer could not be written: ${error.message}\n`);
  process.exit(EXIT.unwritable);
});
// There is nobody left to whom that could be told.
process.stderr.on('error', () => undefined);

process.exitCode = await runProgram(process.argv.slice(2), {
  environment: process.env,
  streams: process,
  signal: interruption.signal,
});
