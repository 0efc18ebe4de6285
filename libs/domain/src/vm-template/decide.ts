import { accept, BrokenInvariant, type Decider, reject, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type {
  TemplateEvent,
  TemplateFacts,
  TemplateRequested,
  TemplateRetired,
  TemplateRetirement,
  TemplateSaved,
} from './events.js';
import { type TemplateStage, templateTable } from './template-table.js';

export interface TemplateState {
  readonly stage: TemplateStage;
  readonly template: TemplateFacts | null;
  readonly requestedAtMs: TimeMs;
  readonly retirement: TemplateRetirement | null;
}

export type TemplateCommand =
  | {
      readonly kind: 'request-template';
      readonly template: TemplateFacts;
      readonly boots: number;
      readonly policyVersion: number;
      readonly nowMs: TimeMs;
    }
  | { readonly kind: 'report-saved'; readonly savedAtMs: TimeMs; readonly nowMs: TimeMs }
  | {
      readonly kind: 'retire-template';
      readonly cause: TemplateRetirement;
      readonly detail: string;
      readonly nowMs: TimeMs;
    };

/** A template is requested once, saved at most once, and never used again once it is retired. */
export const templateDecider: Decider<TemplateCommand, TemplateState, TemplateEvent> = {
  initialState: { stage: 'absent', template: null, requestedAtMs: 0, retirement: null },
  decide: (command, state) => {
    const answer = templateTable[command.kind][state.stage];
    if (answer === 'nothing') return accept();
    if (answer === 'TEMPLATE_NOT_FOUND') return reject(answer, 'There is no such template.');
    return accept(eventOf(command, state));
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'TemplateRequested': {
        const { template } = event.payload;
        return { ...state, stage: 'requested', template, requestedAtMs: event.occurredAtMs };
      }
      case 'TemplateSaved':
        return { ...state, stage: 'saved' };
      case 'TemplateRetired':
        return { ...state, stage: 'retired', retirement: event.payload.cause };
      default:
        return unknownEvent(event);
    }
  },
};

function eventOf(command: TemplateCommand, { template }: TemplateState): TemplateEvent {
  const { nowMs } = command;
  if (command.kind === 'request-template') {
    const { boots, policyVersion } = command;
    const requested = { template: command.template, boots, policyVersion };
    return event<TemplateRequested>('TemplateRequested', nowMs, requested);
  }
  if (template === null) throw new BrokenInvariant(`${command.kind} before it was requested`);
  if (command.kind === 'report-saved') {
    const { savedAtMs } = command;
    return event<TemplateSaved>('TemplateSaved', nowMs, { template, savedAtMs });
  }
  const { cause, detail } = command;
  const { templateId, hostId } = template;
  return event<TemplateRetired>('TemplateRetired', nowMs, { templateId, hostId, cause, detail });
}
