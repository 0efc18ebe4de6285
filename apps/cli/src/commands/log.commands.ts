import { NoteRefused, type NoteVerifier, openTreeHead } from '@bulkhead/event-store/proof';
import { Command } from 'commander';
import { READ_RETRIES } from '../http/retry-plan.js';
import { exportLog } from '../log/export-log.js';
import { KEYS_OPTION, type KeyOptions, openHttpLog, trustedKeys } from '../log/log-access.js';
import type { ServedTreeHead } from '../log/log-answers.js';
import { readVerifierKeys, writeNewFile } from '../log/log-files.js';
import { provePosition } from '../log/prove-position.js';
import { counted } from '../output/counted.js';
import { EXIT } from '../output/exit-codes.js';
import { provedLines } from '../output/log-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { verifyCommand } from './log-verify.command.js';
import { atLeast, filled } from './option-parsers.js';
import { type Shell, terminalOf } from './shell.js';

const BAR = 'exporting {bar} {value}/{total} entries';
const THE_SERVER = 'the server itself';

/** There is nothing to export or to keep before the first tree head is signed. */
export class NothingSigned extends Error {
  override readonly name = 'NothingSigned';
  constructor() {
    super(
      'No tree head has been signed yet. A worker signs one within seconds of the first events.',
    );
  }
}

/** `bulkhead log tree-head|verify|export|prove` */
export function logCommand(shell: Shell): Command {
  return new Command('log')
    .description('the event log: keep its tree heads, verify it, export it, prove an event')
    .addCommand(treeHeadCommand(shell))
    .addCommand(verifyCommand(shell))
    .addCommand(exportCommand(shell))
    .addCommand(proveCommand(shell));
}

function treeHeadCommand(shell: Shell): Command {
  const command = new Command('tree-head')
    .description('get the newest signed tree head, to keep it where the log is not')
    .option('-o, --output <file>', 'write it to this file, which must not be there yet', filled)
    .option(...KEYS_OPTION)
    .addHelpText('after', '\nExample:\n  bulkhead log tree-head -o "$(date +%F).tree-head"');
  type Options = SharedOptions & KeyOptions & { readonly output?: string };
  return withConnection(command, true).action(async (options: Options) => {
    const log = openHttpLog(shell, options);
    const terminal = terminalOf(shell, options);
    const head = present(await log.treeHead());
    const keys = await trustedKeys(options, () => log.verifierKeys(), THE_SERVER, terminal);
    const { size, origin } = trusted(head, keys);
    if (options.output === undefined) {
      terminal.answer(head, () => [head.checkpoint.trimEnd()]);
      return;
    }
    await writeNewFile(options.output, head.checkpoint);
    const line = `${options.output}: ${origin} signed ${counted(size, 'event')}`;
    terminal.answer({ ...head, file: options.output }, () => [line]);
  });
}

function exportCommand(shell: Shell): Command {
  const command = new Command('export')
    .description('write the log with its newest tree head to a folder that verifies offline')
    .argument('<dir>', 'must not be there yet', filled)
    .option(
      '--keys <file>',
      'verifier keys to put into it (default: those that the server names)',
      filled,
    )
    .addHelpText(
      'after',
      '\nExample:\n  bulkhead log export audit-2026\n  bulkhead log verify --keys verifier-keys audit-2026',
    );
  type Options = SharedOptions & KeyOptions;
  return withConnection(command, true, READ_RETRIES).action(
    async (dir: string, options: Options) => {
      const log = openHttpLog(shell, options, READ_RETRIES);
      const terminal = terminalOf(shell, options);
      const head = present(await log.treeHead());
      const { keys: file } = options;
      const keys = await (file === undefined ? log.verifierKeys() : readVerifierKeys(file));
      // Keys that do not belong to this log would make an export that nobody can verify.
      trusted(head, keys);
      const bar = terminal.bar(BAR);
      try {
        const entries = await exportLog(dir, {
          head,
          verifierKeys: keys.map(({ verifierKey }) => verifierKey),
          pages: log.pages(head.size),
          signal: shell.signal,
          onProgress: (done) => bar.show(done, head.size, {}),
        });
        bar.stop();
        if (entries < head.size) {
          terminal.warn(
            `The tree head covers ${head.size} events, but the log has only ${entries}.`,
          );
          shell.setExitCode(EXIT.notGood);
        }
        terminal.answer({ folder: dir, entries, size: head.size }, () => [
          `${dir}: ${counted(entries, 'entry', 'entries')}. Not verified yet: bulkhead log verify ${dir}`,
        ]);
      } finally {
        bar.stop();
      }
    },
  );
}

function proveCommand(shell: Shell): Command {
  const command = new Command('prove')
    .description('get the proof that an event is in the log, and check it here')
    .argument('<position>', 'of the event', atLeast(1))
    .option(...KEYS_OPTION)
    .addHelpText('after', '\nExample:\n  bulkhead log prove 1204711 --keys verifier-keys');
  type Options = SharedOptions & KeyOptions;
  return withConnection(command, true).action(async (position: number, options: Options) => {
    const log = openHttpLog(shell, options);
    const terminal = terminalOf(shell, options);
    const keys = await trustedKeys(options, () => log.verifierKeys(), THE_SERVER, terminal);
    const proved = await provePosition(log, position, keys);
    if (!proved.verified) shell.setExitCode(EXIT.notGood);
    terminal.answer(proved, provedLines);
  });
}

/** @throws NoteRefused that says of what it speaks */
function trusted({ checkpoint }: ServedTreeHead, keys: readonly NoteVerifier[]) {
  try {
    return openTreeHead(checkpoint, keys);
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    throw new NoteRefused(`The tree head of the server cannot be trusted: ${error.message}`);
  }
}

function present(head: ServedTreeHead | null): ServedTreeHead {
  if (head === null) throw new NothingSigned();
  return head;
}
