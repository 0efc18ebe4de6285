import { describe, expect, it } from 'vitest';
import { SchedulePreview } from '../schedules/schedule.schema.js';
import { Submission } from '../workloads/submission.schema.js';
import { ValidationPipe } from './validation.pipe.js';

const pipe = new ValidationPipe();

function problemsOf(schema: typeof Submission | typeof SchedulePreview, body: string): unknown {
  try {
    return pipe.transform(JSON.parse(body), { type: 'body', schema });
  } catch (error) {
    return (error as { facts: { errors: unknown } }).facts.errors;
  }
}

describe('one mistake', () => {
  it('in an image is one problem, also where it is empty', () => {
    const body = '{"image":"","resources":{"cpuMillis":1,"memoryMiB":1}}';
    expect(problemsOf(Submission, body)).toEqual([
      { pointer: '/image', detail: 'must not be empty' },
    ]);
  });

  it('in a time is one problem: what is no time is neither too early nor too late', () => {
    const body = '{"cron":"@daily","after":"yesterday"}';
    expect(problemsOf(SchedulePreview, body)).toEqual([
      { pointer: '/after', detail: expect.stringMatching(/^must be a time with date and zone/) },
    ]);
  });

  it('in a number that no computer can hold is not told as if it were no number', () => {
    const body = '{"image":"a","resources":{"cpuMillis":1e400,"memoryMiB":1}}';
    expect(problemsOf(Submission, body)).toEqual([
      { pointer: '/resources/cpuMillis', detail: 'is a number beyond all bounds' },
    ]);
  });
});
