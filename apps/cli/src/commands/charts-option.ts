import { EXIT } from '../output/exit-codes.js';
import type { Terminal } from '../output/terminal.js';
import {
  makeChartsFolder,
  UnwritableCharts,
  writeCharts,
} from '../simulate/charts/write-charts.js';
import { filled } from './option-parsers.js';
import type { Shell } from './shell.js';

export const CHARTS_OPTION = ['--charts <folder>', 'write charts (SVG) there', filled] as const;

type Draw = (charts: () => ReadonlyMap<string, string>) => void;

/**
 * Makes the folder, if charts are wanted, and answers what writes them once everything else is told: what was computed
 * must not be lost because a disk has become full. @throws UnwritableCharts before anything is computed
 */
export function chartsInto(shell: Shell, terminal: Terminal, folder: string | undefined): Draw {
  if (folder === undefined) return () => undefined;
  makeChartsFolder(folder);
  return (charts) => {
    try {
      writeCharts(folder, charts());
      terminal.say('', `Charts are in ${folder}.`);
    } catch (error) {
      if (!(error instanceof UnwritableCharts)) throw error;
      terminal.warn(error.message);
      shell.setExitCode(EXIT.unwritable);
    }
  };
}
