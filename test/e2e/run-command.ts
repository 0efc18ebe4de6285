import { runProgram } from '../../apps/cli/src/program.js';

/** A command as somebody runs it in a shell, without the half second that a process of its own takes. */
export async function runCommand(argv: readonly string[], environment: Record<string, string>) {
  const told = { stdout: '', stderr: '' };
  const into = (stream: 'stdout' | 'stderr') => {
    const write = (text: string) => {
      told[stream] += text;
    };
    return { write } as unknown as NodeJS.WriteStream;
  };
  const exitCode = await runProgram(argv, {
    environment,
    streams: { stdout: into('stdout'), stderr: into('stderr') },
    signal: new AbortController().signal,
  });
  return { exitCode, ...told };
}
