import { readdir } from 'node:fs/promises';

/** What a file `<name>.bench.ts` exports: it runs once and answers its figures. */
export interface Benchmark {
  /** Arguments after the name; a benchmark refuses those that it does not know. */
  run(args: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
}

const SUFFIX = '.bench.js';
const WRONG_USAGE = 2;

/** The door of all benchmarks: progress goes wherever they like, the last line is one JSON object. */
async function main([name, ...args]: readonly string[]): Promise<void> {
  const names = (await readdir(new URL('.', import.meta.url)))
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length));
  if (name === undefined || !names.includes(name)) {
    const asked = name === undefined ? 'no benchmark was named' : `there is no benchmark ${name}`;
    console.error(`${asked}; there are: ${names.sort().join(', ')}`);
    process.exitCode = WRONG_USAGE;
    return;
  }
  const benchmark = (await import(`./${name}${SUFFIX}`)) as Benchmark;
  const figures = await benchmark.run(args);
  console.log(JSON.stringify({ bench: name, ...figures }));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
