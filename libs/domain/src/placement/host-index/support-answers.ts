import { isSelected, type Labels, labelsKey } from '../../host/labels.js';
import { compatibilityTable } from '../../isolation/compatibility.js';
import type { ImageFacts, Isolation } from '../../isolation/decision.js';
import { supports } from '../unrunnable.js';
import type { HostClass } from './host-class.js';

/** Answers are kept for so many images and selectors; then the keeping begins again. */
const ANSWERS_MAX = 1_000;

/** Classes by whether their software can run an image, and their labels are those that were asked for. */
export interface Support {
  readonly supporting: readonly HostClass[];
  readonly others: readonly HostClass[];
}

/** What the software and the labels of hosts are asked. */
export interface SupportQuestion {
  readonly image: ImageFacts;
  readonly isolation: Isolation;
  readonly compatibilityVersion: number;
  readonly hostSelector: Labels;
}

/** What was answered, and to what. */
interface Answer extends Support {
  readonly image: ImageFacts;
  readonly version: number;
}

/** Asks each rule once for each image and selector. To be cleared when the classes change. */
export class SupportAnswers {
  private readonly answers = {
    process: new Map<string, Answer>(),
    hyperv: new Map<string, Answer>(),
  };

  answer(question: SupportQuestion, classes: Iterable<HostClass>): Support {
    const { image, isolation, compatibilityVersion: version, hostSelector } = question;
    const answers = this.answers[isolation];
    const labels = labelsKey(hostSelector);
    const key = labels === '' ? image.imageId : `${image.imageId} ${labels}`;
    const known = answers.get(key);
    if (known?.version === version && isAlike(known.image, image)) return known;
    const answer = { image, version, ...ask(question, classes) };
    if (answers.size >= ANSWERS_MAX) answers.clear();
    answers.set(key, answer);
    return answer;
  }

  clear(): void {
    this.answers.process.clear();
    this.answers.hyperv.clear();
  }
}

function ask(question: SupportQuestion, classes: Iterable<HostClass>): Support {
  const { image, isolation, compatibilityVersion, hostSelector } = question;
  const table = compatibilityTable(compatibilityVersion);
  const supporting: HostClass[] = [];
  const others: HostClass[] = [];
  for (const one of classes) {
    const { shape } = one;
    const selected = isSelected(shape.labels, hostSelector);
    (selected && supports(shape, image, isolation, table) ? supporting : others).push(one);
  }
  return { supporting, others };
}

/** True of what `supports` cannot tell apart: the facts of one image may have been recorded differently. */
function isAlike(one: ImageFacts, other: ImageFacts): boolean {
  if (one.os !== other.os || one.architecture !== other.architecture) return false;
  const [a, b] = [one.osVersion, other.osVersion];
  if (a === null || b === null) return a === b;
  return (
    a.build === b.build && a.revision === b.revision && a.major === b.major && a.minor === b.minor
  );
}
