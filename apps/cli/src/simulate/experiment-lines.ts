import { type Finding, isAsExpected } from '@bulkhead/simulation';
import Table from 'cli-table3';
import type { Colors } from '../output/terminal.js';
import type { NamedResult } from './charts/experiment-charts.js';

const PLAIN = { head: [] as string[], border: [] as string[] };

/** What experiments found, for a person; `questions` by name. */
export function experimentLines(
  results: readonly NamedResult[],
  questions: ReadonlyMap<string, string>,
  colors: Colors,
): string[] {
  return results.flatMap(({ name, result }) => [
    '',
    colors.bold(`${name}: ${questions.get(name)}`),
    ...result.panels.flatMap(({ title, unit, findings }) => [
      `${title} (${unit})`,
      table(findings, colors),
      ...sources(findings),
    ]),
    '  Assumptions of the model:',
    ...result.assumptions.map(
      ({ id, value, unit, source }) => `    ${id} = ${value} ${unit} (${source})`,
    ),
  ]);
}

function table(findings: readonly Finding[], colors: Colors): string {
  const drawn = new Table({
    head: ['', 'found', 'expected', ''],
    style: { ...PLAIN, compact: true },
    colAligns: ['left', 'right', 'right', 'left'],
  });
  for (const finding of findings) {
    const { label, value, expected } = finding;
    const verdict = isAsExpected(finding) ? 'as expected' : colors.red('not as expected');
    drawn.push(
      expected === null
        ? [label, value, '', 'nothing to compare with']
        : [label, value, `${expected.low} to ${expected.high}`, `${verdict}, ${expected.kind}`],
    );
  }
  return drawn.toString();
}

function sources(findings: readonly Finding[]): string[] {
  const named = new Set(
    findings.flatMap(({ expected }) =>
      expected === null ? [] : [`  ${expected.kind}: ${expected.source}`],
    ),
  );
  return [...named];
}
