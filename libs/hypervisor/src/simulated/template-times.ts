import type { ImageFacts, TemplateId } from '@bulkhead/domain';
import { CALIBRATION } from './calibration.js';
import type { ImageStore } from './images/image-store.js';
import { randomFrom } from './random.js';
import { drawStartMs } from './start-times.js';
import { TEMPLATE_WRITE_MS } from './vm-template.js';
import type { TemplateSurroundings } from './vm-templates.js';

const bootShare = CALIBRATION.utilityVmBootShare.value;

/**
 * How long a host takes over a template and over each ready copy of it, divided by the time scale. A
 * template is booted as every utility VM is, the first of an image slowly; a copy is a clone without the
 * container.
 */
export function templateTimes(
  images: ImageStore,
  hostSeed: number,
  timeScale: number,
): Pick<TemplateSurroundings, 'saveMs' | 'writeMs' | 'copyMs'> {
  const isolation = 'hyperv';
  const othersStarting = 0;
  return {
    saveMs: (image: ImageFacts, templateId: TemplateId) => {
      const random = randomFrom(`${hostSeed}/${templateId}`);
      const firstOfImage = images.firstUtilityVmOf(image);
      const conditions = { isolation, base: image.base, firstOfImage, othersStarting } as const;
      return (drawStartMs(random, conditions) * bootShare + TEMPLATE_WRITE_MS) / timeScale;
    },
    writeMs: TEMPLATE_WRITE_MS / timeScale,
    copyMs: (image: ImageFacts, templateId: TemplateId) => {
      const random = randomFrom(`${hostSeed}/${templateId}/copy`);
      const conditions = {
        isolation,
        base: image.base,
        firstOfImage: false,
        othersStarting,
      } as const;
      return (
        (drawStartMs(random, conditions) * bootShare * CALIBRATION.cloneFactor.value) / timeScale
      );
    },
  };
}
