import type { StateTable } from '../decider.js';
import type { TemplateEvent } from './events.js';

/** `requested`: it may be booted and saved. `saved`: it may be cloned. `retired`: never again. */
export type TemplateStage = 'absent' | 'requested' | 'saved' | 'retired';

export type TemplateAct = 'request-template' | 'report-saved' | 'retire-template';

export type TemplateAnswer = TemplateEvent['type'] | 'TEMPLATE_NOT_FOUND';

/** What each act does at each stage: hosts say things again and late, and nothing leads back from the end. */
export const templateTable: StateTable<TemplateAct, TemplateStage, TemplateAnswer> = {
  'request-template': {
    absent: 'TemplateRequested',
    requested: 'nothing',
    saved: 'nothing',
    retired: 'nothing',
  },
  'report-saved': {
    absent: 'TEMPLATE_NOT_FOUND',
    requested: 'TemplateSaved',
    saved: 'nothing',
    retired: 'nothing',
  },
  'retire-template': {
    absent: 'TEMPLATE_NOT_FOUND',
    requested: 'TemplateRetired',
    saved: 'TemplateRetired',
    retired: 'nothing',
  },
};
