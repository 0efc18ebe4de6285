import { describe, expect, it } from 'vitest';
import { NOW_MS } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { expectTable } from '../../../../test/domain/state-table.js';
import { templateFacts } from '../../../../test/domain/templates.js';
import { type TemplateState, templateDecider } from './decide.js';
import { templateTable } from './template-table.js';

const nowMs = NOW_MS;
const template = templateFacts();
const request = { kind: 'request-template', template, boots: 3, policyVersion: 2, nowMs } as const;
const save = { kind: 'report-saved', savedAtMs: nowMs - 10, nowMs } as const;
const retire = { kind: 'retire-template', cause: 'image-revoked', detail: 'x', nowMs } as const;

describe('a VM template', () => {
  const requested = given(templateDecider, given(templateDecider, []).when(request).history);

  it('is on record with all that an auditor asks for before anything boots', () => {
    given(templateDecider, [])
      .when(request)
      .thenEvents(['TemplateRequested', { template, boots: 3, policyVersion: 2 }]);
    requested.when(save).thenEvents(['TemplateSaved', { template, savedAtMs: nowMs - 10 }]);
  });

  it('names its host and the cause when it is retired', () => {
    const { templateId, hostId } = template;
    requested
      .when(retire)
      .thenEvents(['TemplateRetired', { templateId, hostId, cause: 'image-revoked' }]);
    expect(requested.when(retire).state.retirement).toBe('image-revoked');
  });
});

describe('what may be said of a VM template, wherever it is in its life', () => {
  it('is answered by the table, and nothing leads back from its end', () => {
    expectTable({
      ...{
        decider: templateDecider,
        phaseOf: ({ stage }: TemplateState) => stage,
        table: templateTable,
      },
      waysInto: {
        absent: [[]],
        requested: [[request], [request, request]],
        saved: [
          [request, save],
          [request, save, save],
        ],
        retired: [
          [request, retire],
          [request, save, retire],
        ],
      },
      commandsFor: () => ({
        'request-template': request,
        'report-saved': save,
        'retire-template': retire,
      }),
      expected: {
        //                  absent                requested     saved       retired
        'request-template': ['>requested', '-', '-', '-'],
        'report-saved': ['TEMPLATE_NOT_FOUND', '>saved', '-', '-'],
        'retire-template': ['TEMPLATE_NOT_FOUND', '>retired', '>retired', '-'],
      },
    });
  });
});
