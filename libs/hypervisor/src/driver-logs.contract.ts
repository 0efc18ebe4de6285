import type { ComputeSystemId } from '@bulkhead/domain';
import { describe, expect } from 'vitest';
import { LOG_CHUNK_MAX_LENGTH, type LogChunk } from './driver.js';
import type { Clause } from './driver-clauses.contract.js';
import {
  FOREVER,
  newId,
  type OpenDriver,
  running,
  type Scenario,
  someSpec,
  withScenario,
} from './driver-scenario.contract.js';

/** What every driver must do with what a workload writes. */
export function describeDriverLogs(name: string, open: OpenDriver, it: Clause): void {
  describe(`${name}: what a workload writes`, () => {
    const scenario = withScenario(open);

    it('comes whole and in order, from any offset on, until its release', async () => {
      const s = scenario();
      const simulatedStdout = 'one\ntwo\n\nthree without an end';
      const id = await s.begin(someSpec('process', { ...running({}), simulatedStdout }), 'exited');
      const chunks = await logsOf(s, id);
      expect(stdoutOf(chunks)).toBe(simulatedStdout);
      expect(chunks.map(({ offset }) => offset)).toEqual(chunks.map((_, at) => at));
      const times = chunks.map(({ writtenAtMs }) => writtenAtMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(await logsOf(s, id, 2)).toEqual(chunks.slice(2));
      expect(await logsOf(s, id, chunks.length)).toEqual([]);
      await s.driver.release(id, s.fence);
      await s.refused('NOT_FOUND', () => logsOf(s, id));
      await s.refused('NOT_FOUND', () => logsOf(s, newId()));
    });

    it('can be read while it runs, and what was read stays as it was', async () => {
      const s = scenario();
      const text = Array.from({ length: 20 }, (_, at) => `line ${at}\n`).join('');
      const spec = someSpec('hyperv', { ...running({ durationMs: 600 }), simulatedStdout: text });
      const id = await s.begin(spec, 'running');
      let early: readonly LogChunk[] = [];
      for (let passed = 0; passed < 10_000 && early.length === 0; passed += 20) {
        await s.under.pass(20);
        early = await logsOf(s, id);
      }
      expect(early.length).toBeGreaterThan(0);
      await s.reaches(id, 'exited');
      const chunks = await logsOf(s, id);
      expect(chunks.slice(0, early.length)).toEqual(early);
      expect(stdoutOf(chunks)).toBe(text);
    });

    it('is divided between characters where a line is too long for a chunk', async () => {
      const s = scenario();
      const simulatedStdout = `a${'😀'.repeat(LOG_CHUNK_MAX_LENGTH)}\n\u0000 and more`;
      const id = await s.begin(someSpec('process', { ...running({}), simulatedStdout }), 'exited');
      const chunks = await logsOf(s, id);
      expect(stdoutOf(chunks)).toBe(simulatedStdout);
      for (const { text } of chunks) {
        expect(text.length).toBeLessThanOrEqual(LOG_CHUNK_MAX_LENGTH);
        expect(text).not.toMatch(/\p{Surrogate}/u);
      }
    });

    it('ends where it is forced to end, and one that wrote nothing may say so', async () => {
      const s = scenario();
      const forced = await s.begin(someSpec('process', FOREVER), 'running');
      await s.driver.terminate(forced, s.fence);
      await s.reaches(forced, 'exited');
      const written = await logsOf(s, forced);
      await s.under.pass(100);
      expect(await logsOf(s, forced)).toEqual(written);
      const idle = running({ durationMs: 0 });
      const quiet = await s.begin(someSpec('process', { ...idle, simulatedStdout: '' }));
      const { silent } = await s.reaches(quiet, 'exited');
      const heard = await logsOf(s, quiet);
      expect(silent === undefined ? stdoutOf(heard) : heard).toHaveLength(0);
      const told = await s.begin(someSpec('process', { ...idle, simulatedStdout: 'x' }));
      expect((await s.reaches(told, 'exited')).silent).toBeUndefined();
    });
  });
}

async function logsOf(s: Scenario, id: ComputeSystemId, from = 0): Promise<LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of s.driver.logs(id, from)) chunks.push(chunk);
  return chunks;
}

function stdoutOf(chunks: readonly LogChunk[]): string {
  const ofStdout = chunks.filter(({ stream }) => stream === 'stdout');
  return ofStdout.map(({ text }) => text).join('');
}
