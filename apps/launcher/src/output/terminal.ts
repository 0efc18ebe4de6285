import pc from 'picocolors';

/** Where the launcher speaks to a person. Everything that is for programs is in files. */
export interface Terminal {
  say(line: string): void;
  warn(line: string): void;
  /** Only shown with LOG_LEVEL debug or trace: how long each step took. */
  timing(step: string): void;
  colors: ReturnType<typeof pc.createColors>;
}

/** Colours appear on a terminal only, so that redirected output stays plain text. */
export function openTerminal(logLevel: string, streams: NodeJS.Process = process): Terminal {
  const shown = (stream: NodeJS.WriteStream) =>
    pc.createColors(Boolean(stream.isTTY) && !process.env['NO_COLOR']);
  const startedAt = performance.now();
  const isDebug = logLevel === 'debug' || logLevel === 'trace';
  const warnColors = shown(streams.stderr);
  // A pipe or a terminal may be gone when there is something to say. Without a listener that would end
  // the launcher on the spot, and what it started would stay behind.
  for (const stream of [streams.stdout, streams.stderr]) stream.on('error', () => {});
  const write = (stream: NodeJS.WriteStream, line: string) => stream.write(`${line}\n`);
  return {
    colors: shown(streams.stdout),
    say: (line) => write(streams.stdout, line),
    warn: (line) => write(streams.stderr, warnColors.yellow(line)),
    timing: (step) => {
      const atMs = Math.round(performance.now() - startedAt);
      if (isDebug) write(streams.stderr, warnColors.dim(`${atMs} ms: ${step}`));
    },
  };
}
