import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Submission, Task } from './submission.schema.js';

const submission = { image: 'a', resources: { cpuMillis: 1, memoryMiB: 1 } };
const names = (count: number, name: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), 'x']));

describe('labels and environment of a submission', () => {
  it('may have 256 names', () => {
    const labels = names(256, (index) => `label-${index}`);
    expect(Submission.safeParse({ ...submission, labels, env: { PATH: 'x' } }).success).toBe(true);
  });

  it('are counted before each is looked at, so that a flood of wrong ones is one problem', () => {
    const { error } = Submission.safeParse({
      ...submission,
      labels: names(90_000, (n) => `!${n}`),
    });
    expect(error?.issues).toMatchObject([{ path: ['labels'], message: 'has at most 256 names' }]);
  });

  it('are told one by one where they are few and wrong, beside everything else that is wrong', () => {
    const { error } = Submission.safeParse({ ...submission, labels: { '!': 'x', b: 1 }, env: 3 });
    expect(error?.issues.map(({ path }) => path.join('.')).sort()).toEqual([
      'env',
      'labels.!',
      'labels.b',
    ]);
  });

  it('stand in the OpenAPI document with their bounds', () => {
    const { properties } = z.toJSONSchema(z.strictObject(Submission.shape), { io: 'input' });
    expect(properties?.labels).toMatchObject({
      type: 'object',
      maxProperties: 256,
      additionalProperties: { type: 'string', maxLength: 255 },
    });
  });
});

describe('where a submission may run', () => {
  it('is said by at most 16 labels of hosts', () => {
    const hostSelector = names(16, (index) => `label-${index}`);
    expect(Submission.safeParse({ ...submission, hostSelector }).success).toBe(true);
    const { error } = Submission.safeParse({
      ...submission,
      hostSelector: { ...hostSelector, more: 'x' },
    });
    expect(error?.issues).toMatchObject([{ message: 'has at most 16 names' }]);
  });

  it('is a matter of spreading for tasks of a batch only', () => {
    const spread = 'required';
    expect(Task.parse({ ...submission, spread })).toMatchObject({ spread });
    expect(Task.parse(submission)).toMatchObject({ spread: 'preferred' });
    expect(Submission.safeParse({ ...submission, spread }).success).toBe(false);
  });
});
