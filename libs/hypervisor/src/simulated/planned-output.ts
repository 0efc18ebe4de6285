import { type ComputeSystemSpec, LOG_CHUNK_MAX_LENGTH, type LogChunk } from '../driver.js';
import { DEFAULT_RUN } from './run-plan.js';

/** What was given to write comes in at most this many pieces, and what is longer than a chunk in more. */
const PIECES_MAX = 100;
/** How many steps a run tells of that was not told what to write. */
const STEPS = 10;
const COMMAND_SHOWN_MAX = 200;

/** Something to write so long after the start of a run. */
export interface PlannedChunk extends Pick<LogChunk, 'stream' | 'text'> {
  readonly afterMs: number;
}

/** True where nothing would be planned: nothing was given to write, and there is no time to write in. */
export function isSilent({ simulatedStdout, simulation }: ComputeSystemSpec): boolean {
  const { durationMs } = simulation ?? DEFAULT_RUN;
  return simulatedStdout === undefined ? durationMs === 0 : simulatedStdout === '';
}

/**
 * What a run writes until it ends, spread evenly over its time. It follows from the specification alone,
 * so that asking for it, or not, changes nothing else of a simulation.
 */
export function plannedOutput(spec: ComputeSystemSpec): PlannedChunk[] {
  if (isSilent(spec)) return [];
  const { durationMs } = spec.simulation ?? DEFAULT_RUN;
  const { simulatedStdout } = spec;
  return simulatedStdout === undefined
    ? madeUp(spec, durationMs)
    : spread(pieces(simulatedStdout), durationMs);
}

function spread(texts: readonly string[], durationMs: number): PlannedChunk[] {
  const afterMs = (at: number) => Math.floor((durationMs * (at + 1)) / (texts.length + 1));
  return texts.flatMap((text, at) =>
    chunksOf(text).map((part) => ({ stream: 'stdout', text: part, afterMs: afterMs(at) }) as const),
  );
}

/** Whole lines with their ends, some together where there are many. */
function pieces(text: string): string[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const together = Math.ceil(lines.length / PIECES_MAX);
  const found: string[] = [];
  for (let at = 0; at < lines.length; at += together) {
    found.push(lines.slice(at, at + together).join(''));
  }
  return found;
}

/** Cut to that length, never within a character. */
function chunksOf(text: string, maxLength = LOG_CHUNK_MAX_LENGTH): string[] {
  const found: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + maxLength);
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
    found.push(text.slice(from, to));
    from = to;
  }
  return found;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function madeUp({ command, simulation }: ComputeSystemSpec, durationMs: number): PlannedChunk[] {
  const { exitCode } = simulation ?? DEFAULT_RUN;
  const shown = chunksOf(command.join(' '), COMMAND_SHOWN_MAX)[0];
  const steps = Array.from({ length: STEPS }, (_, at) => `step ${at + 1} of ${STEPS}\n`);
  const last: PlannedChunk =
    exitCode === 0
      ? { stream: 'stdout', text: 'done\n', afterMs: durationMs }
      : { stream: 'stderr', text: `failed with exit code ${exitCode}\n`, afterMs: durationMs };
  return [
    { stream: 'stdout', text: `running ${shown || 'the command of the image'}\n`, afterMs: 0 },
    ...spread(steps, durationMs),
    last,
  ];
}
