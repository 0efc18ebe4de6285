import { formatOsVersion, type TemplateState } from '@bulkhead/domain';
import { timeText } from '../../sources.js';
import type { TemplateFactsView } from './template.schema.js';

/**
 * What a template is, with real ids.
 * @throws Error of one that was never requested
 */
export function templateFactsView(state: TemplateState): TemplateFactsView {
  const { stage, template, requestedAtMs, retirement } = state;
  if (template === null || stage === 'absent') throw new Error('there is no such template');
  const { templateId, hostVersion, image, ...told } = template;
  return {
    ...told,
    id: templateId,
    status: stage,
    hostVersion: formatOsVersion(hostVersion),
    image: image.reference,
    imageId: image.imageId,
    kernelVersion: image.osVersion === null ? null : formatOsVersion(image.osVersion),
    requestedAt: timeText(requestedAtMs),
    retirement,
  };
}
