import { beforeEach, describe, expect, it } from 'vitest';
import type { ComputeSystemSpec, DriverError } from '../../driver.js';
import { FOREVER, restartIds, someSpec } from '../../driver-scenario.contract.js';
import { openHost } from '../open-host.contract.js';
import { driverAnswerTo } from './driver-answers.js';
import {
  HCS_RULES,
  type HcsOperation,
  type HcsStanding,
  refusalOf,
  STANDING,
} from './operations.js';
import { codeText, hexOf, RESULT_CODES, type ResultCodeName } from './result-codes.js';

beforeEach(restartIds);

type Opened = ReturnType<typeof openHost>;

/** Brings a compute system to where the rule begins. */
const bringTo: Record<HcsStanding, (opened: Opened, spec: ComputeSystemSpec) => void> = {
  Absent: () => {},
  Created: ({ host, fence }, spec) => host.create(spec, fence),
  Starting: (opened, spec) => {
    bringTo.Created(opened, spec);
    opened.host.start(spec.computeSystemId, opened.fence);
  },
  Running: (opened, spec) => {
    bringTo.Starting(opened, spec);
    opened.time.advance(60_000);
  },
  Stopped: (opened, spec) => {
    bringTo.Running(opened, spec);
    opened.host.terminate(spec.computeSystemId, opened.fence);
    opened.time.advance(60_000);
  },
};

/** Asks for it in the words of the driver; a creation is of something else under the same id. */
const ask: Record<HcsOperation, (opened: Opened, spec: ComputeSystemSpec) => unknown> = {
  Construct: ({ host, fence }, spec) =>
    host.create({ ...someSpec('process'), computeSystemId: spec.computeSystemId }, fence),
  Start: ({ host, fence }, spec) => host.start(spec.computeSystemId, fence),
  Shutdown: ({ host, fence }, spec) => host.shutdown(spec.computeSystemId, 1_000, fence),
  Terminate: ({ host, fence }, spec) => host.terminate(spec.computeSystemId, fence),
  GetProperties: ({ host }, spec) => host.properties(spec.computeSystemId),
};

/** `Shutdown` of what was only created is answered by ending it, which nobody has to be told. */
const isHandled = (operation: HcsOperation, code: ResultCodeName, standing: HcsStanding) =>
  driverAnswerTo(operation, code) === 'nothing' ||
  (operation === 'Shutdown' && standing === 'Created');

describe('the Host Compute Service of a simulated host', () => {
  it('has a rule for every operation at every standing, each with its source', () => {
    const standings = new Set(Object.values(STANDING));
    const named = HCS_RULES.map(({ operation, standing }) => `${operation} ${standing}`);
    expect(new Set(named).size).toBe(named.length);
    expect(named).toHaveLength(Object.keys(ask).length * standings.size);
    for (const { source } of HCS_RULES) expect(source).toMatch(/\w/);
  });

  it.each(HCS_RULES.map((rule) => [rule.operation, rule.standing, rule] as const))(
    'answers %s where it stands at %s as the table says',
    (operation, standing, { answer }) => {
      const opened = openHost();
      const spec = someSpec('process', FOREVER);
      bringTo[standing](opened, spec);
      const before = STANDING[opened.host.inspect(spec.computeSystemId).state];
      expect(before).toBe(standing);
      let told: DriverError | null = null;
      try {
        ask[operation](opened, spec);
      } catch (error) {
        told = error as DriverError;
      }
      const after = STANDING[opened.host.inspect(spec.computeSystemId).state];
      if ('leadsTo' in answer) {
        expect(told).toBeNull();
        expect(after).toBe(answer.leadsTo);
      } else if (isHandled(operation, answer.code, standing)) {
        expect(told).toBeNull();
      } else {
        expect(told?.message).toContain(codeText(answer.code));
        expect(told?.code).toBe(driverAnswerTo(operation, answer.code));
        expect(after).toBe(standing);
      }
    },
  );

  it('gives codes of its own numbers, once each', () => {
    const numbers = Object.values(RESULT_CODES).map(({ hresult }) => hexOf(hresult));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(hexOf(RESULT_CODES.HCS_E_INVALID_STATE.hresult)).toBe('0x80370105');
    expect(refusalOf('Start', 'Stopped')).toBe('HCS_E_SYSTEM_ALREADY_STOPPED');
  });
});
