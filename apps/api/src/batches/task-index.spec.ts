import { INDEX_PLACEHOLDER } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { Task } from '../workloads/submission.schema.js';
import { BATCH_TASKS_MAX } from './batch.schema.js';
import { contentOfTask } from './task-index.js';

const task = (change: object) =>
  Task.parse({ image: 'a:1', resources: { cpuMillis: 1, memoryMiB: 1 }, ...change });

describe('the index of a task', () => {
  it('stands wherever command, arguments and variables ask for it, and in a variable of its own', () => {
    const asking = {
      command: ['render{{index}}.exe'],
      args: ['--part', '{{index}} of {{index}}', '{ {index} }'],
      env: { PART: 'part-{{index}}' },
      labels: { part: '{{index}}' },
    };
    expect(contentOfTask(task(asking), 7)).toEqual({
      command: ['render7.exe'],
      args: ['--part', '7 of 7', '{ {index} }'],
      env: { BULKHEAD_TASK_INDEX: '7', PART: 'part-7' },
      labels: { part: '{{index}}' },
    });
  });

  it('is told in a variable where nothing asks for it', () => {
    expect(contentOfTask(task({}), 0)).toEqual({ env: { BULKHEAD_TASK_INDEX: '0' } });
  });

  it('leaves a variable alone that the tenant has set, however it is written', () => {
    const env = { bulkhead_task_index: 'mine' };
    expect(contentOfTask(task({ env }), 3)).toEqual({ env });
  });

  it('is never longer than what stands for it', () => {
    expect(String(BATCH_TASKS_MAX - 1).length).toBeLessThanOrEqual(INDEX_PLACEHOLDER.length);
  });
});
