import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSwfLine } from './swf-job.js';

const JOB =
  '   57    25574     -1     10    1     -1    -1   -1     -1    -1 -1   4   1   2 -1 -1 -1 -1';

describe('a line of a job log', () => {
  it('gives a job its number, times, processors, user, group and application', () => {
    expect(parseSwfLine(JOB, 34)).toEqual({
      kind: 'job',
      job: {
        line: 34,
        jobNumber: 57,
        submitSeconds: 25_574,
        runSeconds: 10,
        allocatedProcessors: 1,
        requestedProcessors: null,
        requestedSeconds: null,
        user: 4,
        group: 1,
        application: 2,
      },
    });
  });

  it.each(['; MaxJobs: 18239', ';', '', '   ', '\t; note\r'])('is a comment: %j', (text) => {
    expect(parseSwfLine(text, 1)).toEqual({ kind: 'comment' });
  });

  it.each([
    ['1 2 3', '3 fields instead of 18'],
    [`${JOB} 7`, '19 fields instead of 18'],
    [JOB.replace('25574', 'soon'), 'field 2 is no number: "soon"'],
    [JOB.replace('25574', '1e9'), 'field 2 is no number: "1e9"'],
    [JOB.replace('25574', '0x10'), 'field 2 is no number: "0x10"'],
    [JOB.replace(' 10 ', ' 10.5 '), 'field 4 is no whole number: "10.5"'],
    [JOB.replace('25574', '99999999999999999999'), 'field 2 is no whole number'],
    [JOB.replace('57', '0'), 'field 1, the job number, is less than 1'],
    [JOB.replace('25574', '-5'), 'field 2, the submission time, is negative'],
    [`\u001b[2J${JOB.trim()}`, 'field 1 is no number: "\\u001b[2J57"'],
  ])('is malformed and says why: %j', (text, problem) => {
    expect(parseSwfLine(text, 9)).toMatchObject({
      kind: 'malformed',
      line: 9,
      problem: expect.stringContaining(problem),
    });
  });

  it('may have a fraction in a field that is not used, as the mean processor time has', () => {
    const words = JOB.trim().split(/\s+/);
    expect(parseSwfLine(words.with(5, '3.25').join(' '), 1)).toMatchObject({ kind: 'job' });
  });

  it('is never more than a job, a comment or a malformed line, whatever stands in it', () => {
    const word = fc.oneof(
      fc.integer().map(String),
      fc.double().map(String),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 24 }), fc.nat(), (words, number) => {
        const line = parseSwfLine(words.join(' '), number);
        if (line.kind !== 'job') return;
        const { jobNumber, submitSeconds, ...rest } = line.job;
        expect(jobNumber).toBeGreaterThanOrEqual(1);
        expect(submitSeconds).toBeGreaterThanOrEqual(0);
        for (const value of Object.values(rest)) {
          if (value !== null) expect(value).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('reads back every job that is written in the format', () => {
    const field = fc.integer({ min: -1, max: 2 ** 31 });
    fc.assert(
      fc.property(fc.array(field, { minLength: 18, maxLength: 18 }), (values) => {
        const words = values
          .with(0, Math.abs(values[0] ?? 0) + 1)
          .with(1, Math.abs(values[1] ?? 0));
        const line = parseSwfLine(words.join('  '), 1);
        const known = (at: number) => (words[at] === -1 ? null : words[at]);
        expect(line).toMatchObject({
          kind: 'job',
          job: { jobNumber: words[0], runSeconds: known(3), user: known(11), group: known(12) },
        });
      }),
    );
  });
});
