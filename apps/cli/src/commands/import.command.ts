import { join } from 'node:path';
import { Command } from 'commander';
import { fileOf, homeOf, urlFor } from '../credentials/connection.js';
import type { Credential } from '../credentials/credential.js';
import { CredentialsProblem } from '../credentials/credentials-file.js';
import { givingUpAfter, LONG_RETRIES } from '../http/retry-plan.js';
import { NOBODY } from '../import/hostile-choice.js';
import type { ImportOptions } from '../import/import-options.js';
import { runImport } from '../import/run-import.js';
import { isGood } from '../import/summary.js';
import { EXIT } from '../output/exit-codes.js';
import { summaryLines } from '../output/summary-lines.js';
import { nowMs, openClient, sleep } from '../sources.js';
import { withConnection } from './connection-options.js';
import { type GivenOptions, withMappingOptions, withRunOptions } from './import-command-options.js';
import { IMPORT_HELP } from './import-help.js';
import { newKey, type Shell, tellerOfWaits, terminalOf } from './shell.js';

/** Where an installation's simulated hosts keep their journals, below its home. */
const JOURNALS = ['simulated-hosts', 'journals'] as const;
const RUN_ID_LENGTH = 8;

/** `bulkhead import <file.swf[.gz]>` */
export function importCommand(shell: Shell): Command {
  const command = new Command('import')
    .description('import a job log in the Standard Workload Format and check what became of it')
    .argument('<file>', 'job log, plain or compressed with gzip')
    .addHelpText('after', IMPORT_HELP);
  return withConnection(withRunOptions(withMappingOptions(command)), true, LONG_RETRIES).action(
    (file: string, options: GivenOptions) => importLog(shell, file, options),
  );
}

async function importLog(shell: Shell, file: string, given: GivenOptions): Promise<void> {
  if (given.clientId !== undefined || given.clientSecret !== undefined) {
    throw new CredentialsProblem(
      'import acts as operator and as auditor, so it takes both from the home (--home)',
    );
  }
  const kept = fileOf(given, shell.environment);
  const { operator, auditor } = kept;
  const url = urlFor(kept, given, shell.environment);
  const plan = givingUpAfter(LONG_RETRIES, given.giveUpAfter);
  const clientFor = (credential: Credential) => openClient(url, credential, plan);
  const terminal = terminalOf(shell, given);
  const options = importOptions(shell, file, given);
  const bar = terminal.bar(
    '{bar} {value}/{total} ended | {submitted} submitted | {running} running',
  );
  try {
    const summary = await runImport(options, {
      operator: openClient(url, operator, plan, { waiting: tellerOfWaits(shell) }),
      auditor: clientFor(auditor),
      clientFor,
      runId: newKey().slice(0, RUN_ID_LENGTH),
      nowMs,
      sleep,
      signal: shell.signal,
      step: (text) => terminal.say(text),
      progress: ({ total, submitted, running, finished }) =>
        bar.show(finished, total, { submitted, running }),
    });
    bar.stop();
    terminal.answer(summary, summaryLines);
    if (!isGood(summary)) shell.setExitCode(EXIT.notGood);
  } finally {
    bar.stop();
  }
}

function importOptions(shell: Shell, file: string, given: GivenOptions): ImportOptions {
  const { limit, sample, trustedGroup } = given;
  return {
    ...given,
    file,
    selection:
      limit !== undefined
        ? { kind: 'first', count: limit }
        : sample !== undefined
          ? { kind: 'sample', count: sample }
          : { kind: 'all' },
    trustedGroup: trustedGroup ?? null,
    hostile: given.hostile ?? NOBODY,
    perProcessor: {
      cpuMillis: given.cpuMillisPerProcessor,
      memoryMiB: given.memoryMibPerProcessor,
    },
    cordonOthers: given.cordonOthers ?? false,
    atOnce: given.atOnce ?? false,
    journals: given.journals ?? join(homeOf(given, shell.environment), ...JOURNALS),
  };
}
