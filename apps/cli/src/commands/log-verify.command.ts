import { Command } from 'commander';
import { READ_RETRIES } from '../http/retry-plan.js';
import type { KeptHeads } from '../log/kept-heads.js';
import { KEYS_OPTION, type KeyOptions, openHttpLog, trustedKeys } from '../log/log-access.js';
import {
  entriesIn,
  exportFiles,
  fileBytes,
  readText,
  readVerifierKeys,
  textIn,
} from '../log/log-files.js';
import type { LogVerification } from '../log/verification.js';
import { verifyLog } from '../log/verify-log.js';
import { EXIT } from '../output/exit-codes.js';
import { verificationLines } from '../output/log-lines.js';
import type { Terminal } from '../output/terminal.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { filled } from './option-parsers.js';
import { type Shell, terminalOf } from './shell.js';

interface VerifyOptions extends SharedOptions, KeyOptions {
  readonly from?: readonly string[];
  readonly allowUnsigned?: boolean;
}

const BAR = 'verifying {bar} {value}/{total} entries';
const HELP = `
Everything is recomputed here; nothing is trusted but the keys. Exit code 0 says verified, 1 not verified,
2 that a file given here cannot be read as what it should be.

Examples:
  bulkhead log verify --keys verifier-keys --from kept/tree-heads.ndjson
  bulkhead log verify --keys verifier-keys audit-2026        an export, without any server`;

/** `bulkhead log verify` */
export function verifyCommand(shell: Shell): Command {
  const command = new Command('verify')
    .description('recompute the whole log and hold it against signed tree heads')
    .argument('[export-dir]', 'an export to verify offline, instead of the log of a server', filled)
    .option(
      '--from <file>',
      'a tree head that you kept, or a worker’s tree-heads.ndjson; may be repeated',
      andFile,
    )
    .option('--allow-unsigned', 'let an export hold entries that no tree head covers')
    .option(...KEYS_OPTION)
    .addHelpText('after', HELP);
  return withConnection(command, true, READ_RETRIES).action(
    async (folder: string | undefined, options: VerifyOptions) => {
      const terminal = terminalOf(shell, options);
      const verification = await (folder === undefined
        ? verifyServer(shell, options, terminal)
        : verifyExport(shell, folder, options, terminal));
      if (!verification.verified) shell.setExitCode(EXIT.notGood);
      const keys = options.keys ?? null;
      terminal.answer({ ...verification, pinnedKeys: keys !== null }, verificationLines);
    },
  );
}

async function verifyServer(
  shell: Shell,
  options: VerifyOptions,
  terminal: Terminal,
): Promise<LogVerification> {
  const kept = await keptHeads(options, terminal);
  const log = openHttpLog(shell, options, READ_RETRIES);
  const whose = 'the server that is being verified';
  const verifiers = await trustedKeys(options, () => log.verifierKeys(), whose, terminal);
  const head = await log.treeHead();
  // What is appended while this runs is left for the next time.
  const logSize = head?.logSize ?? Number.MAX_SAFE_INTEGER;
  return withBar(terminal, head?.logSize ?? 0, (onProgress) =>
    verifyLog({
      entries: log.entries(logSize),
      verifiers,
      ownHead: head?.checkpoint ?? null,
      kept,
      mayEndUnsigned: true,
      storedTree: log,
      onProgress,
    }),
  );
}

async function verifyExport(
  shell: Shell,
  folder: string,
  options: VerifyOptions,
  terminal: Terminal,
): Promise<LogVerification> {
  const files = exportFiles(folder);
  const kept = await keptHeads(options, terminal);
  const ownHead = await readText(files.treeHead);
  const whose = 'the export that is being verified';
  const itsOwn = () => readVerifierKeys(files.verifierKeys);
  const verifiers = await trustedKeys(options, itsOwn, whose, terminal);
  const mayEndUnsigned = options.allowUnsigned === true;
  const entries = entriesIn(files.log, shell.signal);
  const total = Number(ownHead.split('\n', 2)[1]) || 0;
  return withBar(terminal, total, (onProgress) =>
    verifyLog({ entries, verifiers, ownHead, kept, mayEndUnsigned, onProgress }),
  );
}

/** A worker may write on while this runs: what is there now is what counts, in both readings. */
async function keptHeads({ from = [] }: VerifyOptions, terminal: Terminal): Promise<KeptHeads[]> {
  const kept: KeptHeads[] = [];
  for (const name of from) {
    const bytes = await fileBytes(name);
    const onCutLine = (line: number) =>
      terminal.warn(
        `${name}: line ${line}, its last, is only the beginning of a tree head, as in a copy made while a worker wrote. It is left out; the lines before it count.`,
      );
    kept.push({ name, chunks: () => textIn(name, bytes), onCutLine });
  }
  return kept;
}

async function withBar<T>(
  terminal: Terminal,
  total: number,
  act: (onProgress: (position: number) => void) => Promise<T>,
): Promise<T> {
  const bar = terminal.bar(BAR);
  try {
    return await act((position) => bar.show(position, Math.max(total, position), {}));
  } finally {
    bar.stop();
  }
}

function andFile(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, filled(path)];
}
