import { beforeEach, describe, expect, it } from 'vitest';
import type { ComputeSystemSpec, DriverError } from '../../driver.js';
import { FOREVER, restartIds, someSpec } from '../../driver-scenario.contract.js';
import { openHost } from '../open-host.contract.js';
import { driverAnswerTo } from './driver-answers.js';
import { HCS_RULES, refusalOf, STANDING } from './operations.js';
import { codeText, hexOf, RESULT_CODES, type ResultCodeName } from './result-codes.js';
import type { HcsOperation, HcsRule, HcsStanding } from './rule.js';

beforeEach(restartIds);

type Opened = ReturnType<typeof openHost>;

type OfContainers = Exclude<HcsStanding, 'Paused' | 'Saving' | 'SavedAsTemplate'>;
type OfDrivers = Exclude<HcsOperation, 'Pause' | 'Resume' | 'Save' | 'Modify'>;

/** Brings a compute system to where the rule begins. */
const bringTo: Record<OfContainers, (opened: Opened, spec: ComputeSystemSpec) => void> = {
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
const ask: Record<OfDrivers, (opened: Opened, spec: ComputeSystemSpec) => unknown> = {
  Construct: ({ host, fence }, spec) =>
    host.create({ ...someSpec('process'), computeSystemId: spec.computeSystemId }, fence),
  Start: ({ host, fence }, spec) => host.start(spec.computeSystemId, fence),
  Shutdown: ({ host, fence }, spec) => host.shutdown(spec.computeSystemId, 1_000, fence),
  Terminate: ({ host, fence }, spec) => host.terminate(spec.computeSystemId, fence),
  GetProperties: ({ host }, spec) => host.properties(spec.computeSystemId),
};

const OPERATIONS: readonly HcsOperation[] = [
  ...(Object.keys(ask) as OfDrivers[]),
  ...(['Pause', 'Resume', 'Save', 'Modify'] as const),
];
const PAUSED: readonly HcsStanding[] = ['Paused', 'Saving', 'SavedAsTemplate'];

const isOfDrivers = (operation: HcsOperation): operation is OfDrivers => operation in ask;
const isOfContainers = (standing: HcsStanding): standing is OfContainers => standing in bringTo;

/** The rules for containers, in the words of a test each. */
const ofContainers = HCS_RULES.Container.flatMap(
  (rule): [HcsOperation, OfContainers, HcsRule['answer']][] =>
    isOfContainers(rule.standing) ? [[rule.operation, rule.standing, rule.answer]] : [],
);

/** `Shutdown` of what was only created is answered by ending it, which nobody has to be told. */
const isHandled = (operation: HcsOperation, code: ResultCodeName, standing: HcsStanding) =>
  driverAnswerTo(operation, code) === 'nothing' ||
  (operation === 'Shutdown' && standing === 'Created');

describe('the Host Compute Service of a simulated host', () => {
  it('has a rule for every operation at every standing, each with its source', () => {
    const standings = Object.keys(bringTo) as HcsStanding[];
    const everywhere = { Container: standings, VirtualMachine: [...standings, ...PAUSED] };
    for (const type of ['Container', 'VirtualMachine'] as const) {
      const named = HCS_RULES[type].map(({ operation, standing }) => `${operation} ${standing}`);
      const all = OPERATIONS.flatMap((each) => everywhere[type].map((at) => `${each} ${at}`));
      expect(named.sort()).toEqual(all.sort());
      for (const { source } of HCS_RULES[type]) expect(source).toMatch(/\.md|hcsshim/);
    }
  });

  it.each(ofContainers)(
    'would answer %s of a container that stands at %s as the table says',
    (operation, standing, answer) => {
      const opened = openHost();
      const spec = someSpec('process', FOREVER);
      bringTo[standing](opened, spec);
      const code = 'code' in answer ? answer.code : null;
      expect(opened.host.refusalOf(operation, spec.computeSystemId)).toBe(code);
    },
  );

  it('pauses, resumes and saves no container, wherever it stands, also none in a utility VM', () => {
    for (const isolation of ['process', 'hyperv'] as const) {
      const opened = openHost();
      const spec = someSpec(isolation, FOREVER);
      bringTo.Running(opened, spec);
      const answers = (['Pause', 'Resume', 'Save', 'Modify'] as const).map((operation) =>
        opened.host.refusalOf(operation, spec.computeSystemId),
      );
      const code = 'HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION';
      expect(answers).toEqual([code, code, code, null]);
    }
  });

  it.each(ofContainers.filter(([operation]) => isOfDrivers(operation)))(
    'answers %s where it stands at %s as the table says',
    (operation, standing, answer) => {
      if (!isOfDrivers(operation)) throw new Error(`no driver asks for ${operation}`);
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
    expect(hexOf(RESULT_CODES.HCS_E_SYSTEM_NOT_CONFIGURED_FOR_OPERATION.hresult)).toBe(
      '0x80370120',
    );
    expect(refusalOf('Start', 'Stopped', 'Container')).toBe('HCS_E_SYSTEM_ALREADY_STOPPED');
  });
});
