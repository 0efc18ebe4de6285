import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../../test/e2e/run-command.js';
import { EXIT } from '../output/exit-codes.js';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-experiment-'));
afterAll(() => rmSync(folder, { recursive: true }));
const GUIDE_CHARTS = fileURLToPath(
  new URL('../../../../docs/guides/experiments/', import.meta.url),
);

const run = (...argv: readonly string[]) => runCommand(['experiment', ...argv], {});

describe('bulkhead experiment', () => {
  it('tells what was found, what was expected, by whom, and what is only assumed', async () => {
    const { exitCode, stdout } = await run('process-start');
    expect(exitCode).toBe(EXIT.done);
    expect(stdout).toContain('7 to 8');
    expect(stdout).toContain('as expected, published');
    expect(stdout).toContain('MSDN Magazine');
    expect(stdout).toContain('sim.start.services.untrimmed');
    expect(stdout).not.toContain('density');
  });

  it('prints JSON for programs', async () => {
    const { asExpected, experiments } = JSON.parse((await run('density', '--json')).stdout);
    expect(asExpected).toBe(true);
    expect(experiments).toHaveLength(1);
    expect(experiments[0].result.panels[0].findings[0]).toMatchObject({ label: 'silos' });
  });

  it('knows the experiments by name', async () => {
    const { exitCode, stderr } = await run('cold-fusion');
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toContain('wall-cost');
  });

  it('draws the charts of the guide as they stand there', async () => {
    const charts =
      process.env['UPDATE_CHARTS'] === undefined ? join(folder, 'charts') : GUIDE_CHARTS;
    expect((await run('--charts', charts)).exitCode).toBe(EXIT.done);
    const names = readdirSync(charts).sort();
    expect(names).toEqual(readdirSync(GUIDE_CHARTS).sort());
    for (const name of names) {
      const drawn = readFileSync(join(charts, name), 'utf8');
      expect(drawn, name).toBe(readFileSync(join(GUIDE_CHARTS, name), 'utf8'));
    }
  });
});
