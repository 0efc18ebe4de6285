import type { RejectionProblem } from '../decider.js';
import type { TemplatePolicy } from './events.js';
import { isWhole, problem } from './problem.js';

/** More than that many boots of one image on one host would never save a template. */
export const TEMPLATE_AFTER_BOOTS_MAX = 10_000;
/** As many as a host can usefully keep. */
export const TEMPLATES_PER_HOST_MAX = 64;
/** A ready copy takes hundreds of MiB. */
export const WARM_COPIES_MAX = 64;

/** What is wrong with how many templates hosts save and keep ready. */
export function templateProblems(templates: TemplatePolicy | undefined): RejectionProblem[] {
  if (templates === undefined) return [];
  const { afterBoots, perHostMax, warmCopies } = templates;
  const wrong = (name: keyof TemplatePolicy, detail: string) =>
    problem('POLICY_TEMPLATES', `/templates/${name}`, detail);
  return [
    ...(isWhole(afterBoots, 1, TEMPLATE_AFTER_BOOTS_MAX)
      ? []
      : [wrong('afterBoots', `A template is saved after 1 to ${TEMPLATE_AFTER_BOOTS_MAX} boots.`)]),
    ...(isWhole(perHostMax, 1, TEMPLATES_PER_HOST_MAX)
      ? []
      : [
          wrong(
            'perHostMax',
            `A host keeps 1 to ${TEMPLATES_PER_HOST_MAX} templates; with no templates at all leave the whole out.`,
          ),
        ]),
    ...(isWhole(warmCopies, 0, WARM_COPIES_MAX)
      ? []
      : [wrong('warmCopies', `0 to ${WARM_COPIES_MAX} copies of a template are kept ready.`)]),
  ];
}
