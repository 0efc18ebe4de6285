import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { generateLog } from '../demo/generate-log.js';
import { makeTemporaryHome, startInstallation } from '../demo/installation.js';
import { LONG_RETRIES } from '../http/retry-plan.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { importCommand } from './import.command.js';
import { atLeast } from './option-parsers.js';
import { type Shell, terminalOf } from './shell.js';

interface DemoOptions extends SharedOptions {
  readonly jobs: number;
  readonly seed: number;
}

const MAX_JOBS = 100_000;
const LAUNCHER = fileURLToPath(new URL('../../../launcher/src/main.js', import.meta.url));
/** So fast that the demo's hour passes in a few seconds; small enough for a laptop. */
const IMPORT = '--trusted-group 2 --hostile 25% --speed 200 --hosts 6 --cordon-others'.split(' ');

/** `bulkhead demo` */
export function demoCommand(shell: Shell): Command {
  const command = new Command('demo')
    .description('generate a small job log and import it into an installation of its own')
    .option('--jobs <n>', 'jobs of the log', atLeast(1, MAX_JOBS), 120)
    .option('--seed <n>', 'of the log', atLeast(0), 1)
    .addHelpText(
      'after',
      '\nWithout --home an installation is started in a temporary folder, and stopped and removed at the end.\n\nExamples:\n  bulkhead demo\n  bulkhead demo --home ./.bulkhead --jobs 500',
    );
  return withConnection(command, true, LONG_RETRIES).action((options: DemoOptions) =>
    demo(shell, options),
  );
}

async function demo(shell: Shell, options: DemoOptions): Promise<void> {
  const terminal = terminalOf(shell, options);
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-demo-'));
  try {
    const log = join(folder, 'demo.swf');
    writeFileSync(log, generateLog(options.jobs, options.seed));
    if (options.home !== undefined) {
      await importLog(shell, options, log, options.home);
      return;
    }
    const home = makeTemporaryHome();
    try {
      terminal.say('Starting an installation in a temporary folder.');
      const installation = await startInstallation(LAUNCHER, home.path, shell.environment);
      try {
        await importLog(shell, options, log, home.path);
      } finally {
        terminal.say('Stopping the installation.');
        await installation.stop();
      }
    } finally {
      home.remove();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The demo is an import like any other, so it is asked for in the same words. */
async function importLog(
  shell: Shell,
  { json, url, giveUpAfter }: DemoOptions,
  log: string,
  home: string,
): Promise<void> {
  const words = [log, '--home', home, ...IMPORT];
  if (json === true) words.push('--json');
  // The address of the environment is for another installation than the one just started.
  const { BULKHEAD_URL: _, ...environment } = shell.environment;
  if (url !== undefined) words.push('--url', url);
  if (giveUpAfter !== undefined) words.push('--give-up-after', String(giveUpAfter));
  await importCommand({ ...shell, environment }).parseAsync(words, { from: 'user' });
}
