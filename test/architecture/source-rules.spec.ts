import { describe, expect, it } from 'vitest';
import { inspect } from './inspect.js';
import { SOURCE_RULES } from './source-rules.js';
import { sourceFiles, WHOLE_REPOSITORY } from './source-tree.js';

const HANDLER = 'apps/worker/src/jobs/planted.job.ts';

const PLANTED: readonly (readonly [rule: string, path: string, text: string])[] = [
  ['real-sources-are-chosen-in-module-files', HANDLER, 'export const at = Date.now();'],
  ['real-sources-are-chosen-in-module-files', HANDLER, 'export const clock = Date.now;'],
  ['real-sources-are-chosen-in-module-files', HANDLER, 'export const at = new Date();'],
  ['real-sources-are-chosen-in-module-files', HANDLER, 'export const x = Math.random();'],
  ['real-sources-are-chosen-in-module-files', HANDLER, "import { v7 } from 'uuid';"],
  [
    'real-sources-are-chosen-in-module-files',
    HANDLER,
    "import { randomUUID as id } from 'node:crypto';",
  ],
  ['real-timers-are-chosen-in-module-files', HANDLER, 'setTimeout(() => {}, 1);'],
  [
    'real-sources-are-chosen-in-module-files',
    'libs/event-store/src/log/append.ts',
    'export const at = Date.now();',
  ],
  ['only-settings-read-the-environment', HANDLER, "export const port = process.env['PORT'];"],
  [
    'only-worker-and-audit-read-across-tenants',
    'apps/api/src/workloads/planted.ts',
    "import type { WholeLog } from '@bulkhead/event-store';",
  ],
  [
    'only-worker-and-audit-read-across-tenants',
    'apps/api/src/workloads/planted.ts',
    'export const all = (log: never) => log.readAll();',
  ],
  [
    'cqrs-lends-only-its-buses',
    'apps/api/src/planted.ts',
    "import { AggregateRoot } from '@nestjs/cqrs';",
  ],
  ['declared-names-mean-something', HANDLER, 'export class WorkloadManager {}'],
  ['declared-names-mean-something', HANDLER, 'export interface IWorkload {}'],
  ['file-names-mean-something', 'libs/domain/src/util.ts', ''],
  ['file-names-mean-something', 'libs/common/src/index.ts', ''],
  ['file-names-mean-something', 'apps/api/src/base-handler.ts', ''],
  [
    'house-rules-are-not-suppressed',
    HANDLER,
    '// biome-ignore lint/suspicious/noExplicitAny: in a hurry\nexport let x: any;',
  ],
  ['house-rules-are-not-suppressed', HANDLER, '// biome-ignore-all lint: in a hurry'],
  ['house-rules-are-not-suppressed', HANDLER, '// biome-ignore lint/style: in a hurry'],
];

const RIGHT: readonly (readonly [path: string, text: string])[] = [
  ['apps/worker/src/jobs/jobs.module.ts', 'export const clock = Date.now;'],
  ['apps/worker/src/main.ts', 'export const clock = Date.now;'],
  [HANDLER, 'export const shown = (atMs: number) => new Date(atMs).toISOString();'],
  [HANDLER, 'export const wait = (timers: Timers) => timers.setTimeout(1);'],
  ['apps/worker/src/settings.ts', 'export const read = () => process.env;'],
  ['apps/api/src/audit/planted.ts', 'export const all = (log: never) => log.readAll();'],
  ['libs/domain/src/image/os-version.ts', 'export type ImageBase = string;'],
];

describe('the house rules', () => {
  const files = sourceFiles('apps', 'libs', 'test', 'bench');

  it('find every source file', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it('hold in every source file of the repository', WHOLE_REPOSITORY, () => {
    expect(files.flatMap(inspect)).toEqual([]);
  });

  it.each(PLANTED)('%s fails in %s for: %s', (rule, path, text) => {
    const broken = inspect({ path, text }).map((finding) => finding.rule);
    expect(new Set(broken)).toEqual(new Set([rule]));
  });

  it.each(RIGHT)('allow in %s: %s', (path, text) => {
    expect(inspect({ path, text })).toEqual([]);
  });

  it('have a planted violation each', () => {
    expect(new Set(PLANTED.map(([rule]) => rule))).toEqual(
      new Set(SOURCE_RULES.map((rule) => rule.name)),
    );
  });
});
