import { expect, it } from 'vitest';
import { RequestProblem } from '../problems/problem.js';
import { batchTasks } from './batch-tasks.js';

const taskDefaults = { image: 'a', resources: { cpuMillis: 1, memoryMiB: 1 } };

it.each([
  ['neither tasks nor a count', {}, 'needs tasks or a count, and has neither'],
  ['both', { tasks: [{}], count: 2 }, 'has tasks and a count: leave one of them out'],
])('a batch of %s is told which of the two is wrong', (_what, asked, detail) => {
  let told: unknown;
  try {
    batchTasks({ name: 'b', taskDefaults, ...asked } as never);
  } catch (error) {
    told = error;
  }
  expect(told).toBeInstanceOf(RequestProblem);
  expect((told as RequestProblem).facts.errors).toEqual([{ pointer: '', detail }]);
});
