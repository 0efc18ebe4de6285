import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './source-tree.js';

const TOOLS = {
  biome: 'node_modules/@biomejs/biome/bin/biome',
  depcruise: 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
  tsc: 'node_modules/@typescript/native/bin/tsc',
} as const;

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const TOOL_TIMEOUT_MS = 120_000;

export interface ToolRun {
  readonly exitCode: number;
  readonly stdout: string;
}

/** Runs a tool as `npm run lint` and `npm run typecheck` do, in the folder given. */
export function runTool(
  tool: keyof typeof TOOLS,
  args: readonly string[],
  cwd: string,
): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const options = { cwd, maxBuffer: OUTPUT_BYTES_MAX, timeout: TOOL_TIMEOUT_MS };
    execFile(process.execPath, [join(ROOT, TOOLS[tool]), ...args], options, (error, stdout) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ exitCode: error === null ? 0 : Number(error.code), stdout });
    });
  });
}

export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

/** What dependency-cruiser finds under `folders`, and which files it looked at. */
export async function cruise(
  folders: readonly string[],
  cwd: string,
): Promise<{ readonly violations: readonly Violation[]; readonly files: readonly string[] }> {
  const { stdout } = await runTool('depcruise', ['--output-type', 'json', ...folders], cwd);
  const result = JSON.parse(stdout) as {
    modules: { source: string }[];
    summary: { violations: { from: string; to: string; rule: { name: string } }[] };
  };
  return {
    violations: result.summary.violations.map(({ from, to, rule }) => ({
      rule: rule.name,
      from,
      to,
    })),
    files: result.modules.map((module) => module.source),
  };
}
