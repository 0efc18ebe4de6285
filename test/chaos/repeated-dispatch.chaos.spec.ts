import { expect, it } from 'vitest';
import { repeatDispatch } from './system/repeat-dispatch.js';

const WITHIN_MS = 300_000;

it(
  'a worker that dies between the jobs and the checkpoint leaves one job for each event, however often it is dispatched',
  { timeout: WITHIN_MS },
  async () => expect(await repeatDispatch()).toEqual([]),
);
