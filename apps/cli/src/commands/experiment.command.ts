import { experiments, isAsExpected } from '@bulkhead/simulation';
import { Argument, Command } from 'commander';
import { EXIT } from '../output/exit-codes.js';
import { experimentCharts } from '../simulate/charts/experiment-charts.js';
import { experimentLines } from '../simulate/experiment-lines.js';
import { CHARTS_OPTION, chartsInto } from './charts-option.js';
import type { SharedOptions } from './connection-options.js';
import { type Shell, terminalOf } from './shell.js';

interface GivenOptions extends SharedOptions {
  readonly charts?: string;
}

const NAMES = experiments.map(({ name }) => name);
const QUESTIONS = new Map(experiments.map(({ name, question }) => [name, question]));

const HELP = `
Experiments:
${experiments.map(({ name, question }) => `  ${name.padEnd(18)}${question}`).join('\n')}

A published figure has its source beside it, an assumption is called one. The exit code is 1 where a finding is
not in the range that its source gives.

Examples:
  bulkhead experiment density
  bulkhead experiment --charts charts`;

/** `bulkhead experiment [names…]` */
export function experimentCommand(shell: Shell): Command {
  return new Command('experiment')
    .description('try published results of containers and utility VMs on the model of a host')
    .addArgument(new Argument('[names...]', 'all of them where none is named').choices(NAMES))
    .option(...CHARTS_OPTION)
    .option('--json', 'print one JSON value')
    .addHelpText('after', HELP)
    .action((names: readonly string[], options: GivenOptions) => tryOut(shell, names, options));
}

function tryOut(shell: Shell, names: readonly string[], options: GivenOptions): void {
  const terminal = terminalOf(shell, options);
  const draw = chartsInto(shell, terminal, options.charts);
  const wanted = experiments.filter(({ name }) => names.length === 0 || names.includes(name));
  const results = wanted.map(({ name, run }) => ({ name, result: run() }));
  const good = results.every(({ result }) =>
    result.panels.every(({ findings }) => findings.every(isAsExpected)),
  );
  terminal.answer({ asExpected: good, experiments: results }, (_, colors) =>
    experimentLines(results, QUESTIONS, colors),
  );
  if (!good) shell.setExitCode(EXIT.notGood);
  draw(() => experimentCharts(results));
}
