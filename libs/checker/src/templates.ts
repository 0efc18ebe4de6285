import { affects, isOpenAt, type RecordedEvent, type TimeMs } from '@bulkhead/domain';
import type { CheckMaker, Report } from './check.js';
import type { Ledger } from './ledger.js';
import { type BookedTemplate, TemplateBook } from './template-book.js';
import { TemplateJournals } from './template-journals.js';

type Of<T extends RecordedEvent['event']['type']> = Extract<RecordedEvent['event'], { type: T }>;

/**
 * A template is saved before any tenant code ran in it, and clones of it never cross trust boundaries unless
 * policy lets trusted ones share and everybody who holds its pages is trusted. Nothing is cloned from one
 * that is not ready, of another image or boot, or that was revoked; each clone is like no other.
 */
export const clonesStayInside: CheckMaker = (report, { journalHosts }) => {
  const book = new TemplateBook();
  const journals = new TemplateJournals(report, book);
  const identities = new Set<string>();
  return {
    see: (recorded, ledger) => {
      const { event } = recorded;
      const attempt = ledger.attemptOf(recorded);
      if (event.type === 'TemplateRequested') judgeRequest(report, recorded, event, book, ledger);
      if (event.type === 'WorkloadPlaced') judgePlacement(report, recorded, event, book);
      if (event.type === 'StartAuthorized') judgeStart(report, recorded, event, book, ledger);
      if (event.type === 'UtilityVmBooted') judgeBoot(report, recorded, event, book, identities);
      book.write(recorded, attempt);
      if (journalHosts.size > 0) journals.hear(recorded);
    },
    journal: (hostId, entry) => journals.see(hostId, entry),
  };
};

/** What boots to be saved is known to the catalogue, and nothing ever ran in it. */
function judgeRequest(
  report: Report,
  recorded: RecordedEvent,
  { payload: { template } }: Of<'TemplateRequested'>,
  book: TemplateBook,
  { policy }: Ledger,
): void {
  const { kernelInstanceId, image, sharing } = template;
  if (book.ranOn.has(kernelInstanceId)) {
    report(`is to be saved from ${kernelInstanceId}, on which an attempt was placed`, recorded);
  }
  if (book.ofTemplates.has(kernelInstanceId)) {
    report(`is to be saved from ${kernelInstanceId}, which is another template's`, recorded);
  }
  if (!image.known) report(`is of ${image.reference}, which no catalogue knows`, recorded);
  if (policy?.policy.templates === undefined) report('policy lets no host save one', recorded);
  if (sharing === 'trusted-boundaries' && policy?.policy.templateSharing !== sharing) {
    report('is to be shared, which policy does not let it', recorded);
  }
}

function judgePlacement(
  report: Report,
  recorded: RecordedEvent,
  { payload: { kernelInstanceId } }: Of<'WorkloadPlaced'>,
  book: TemplateBook,
): void {
  const templateId = book.ofTemplates.get(kernelInstanceId);
  if (templateId !== undefined) {
    report(`placed on ${kernelInstanceId}, the kernel of template ${templateId}`, recorded);
  }
}

function judgeStart(
  report: Report,
  recorded: RecordedEvent,
  { payload, occurredAtMs }: Of<'StartAuthorized'>,
  book: TemplateBook,
  ledger: Ledger,
): void {
  const templateId = payload.clone?.templateId ?? null;
  if (templateId === null) return;
  const template = book.templates.get(templateId);
  if (template?.stage !== 'saved') {
    const stage = template?.stage ?? 'unknown';
    report(`is to be cloned from ${templateId}, which is ${stage}`, recorded);
  }
  if (template === undefined) return;
  for (const detail of mismatches(recorded, template, book, ledger, occurredAtMs)) {
    report(`is to be cloned from ${templateId}, ${detail}`, recorded);
  }
  for (const detail of crossings(recorded, payload.trustBoundary, template, ledger)) {
    report(`is to be cloned from ${templateId}, ${detail}`, recorded);
  }
}

/** What makes the template another one than the attempt could use. */
function mismatches(
  recorded: RecordedEvent,
  { facts }: BookedTemplate,
  book: TemplateBook,
  ledger: Ledger,
  nowMs: TimeMs,
): string[] {
  const attempt = ledger.attemptOf(recorded);
  const image = ledger.workloads.get(recorded.stream as never)?.image;
  const { hostId, bootId, hostVersion } = facts;
  const isBroken = [...ledger.advisories.values()].some(
    ({ published }) =>
      published.wall !== 'shared-kernel' &&
      isOpenAt(published, nowMs) &&
      affects(published, hostVersion),
  );
  const wrong: readonly (readonly [boolean, string])[] = [
    [attempt?.isolation !== 'hyperv', 'although it is no utility VM'],
    [attempt?.hostId !== hostId, `which is on ${hostId}`],
    [image?.imageId !== facts.image.imageId, `which is of ${facts.image.reference}`],
    [book.bootIds.get(hostId) !== bootId, `which was saved in boot ${bootId}`],
    [book.revoked.has(facts.image.imageId), 'whose image was revoked'],
    [isBroken, 'while an advisory breaks the hypervisor or the import of images'],
    [ledger.policy?.policy.templates === undefined, 'which policy does not let it'],
  ];
  return wrong.flatMap(([isWrong, detail]) => (isWrong ? [detail] : []));
}

/** Who may not hold the same pages. */
function crossings(
  recorded: RecordedEvent,
  trustBoundary: string,
  { facts, holders }: BookedTemplate,
  ledger: Ledger,
): string[] {
  const tenantId = ledger.workloads.get(recorded.stream as never)?.tenantId ?? recorded.tenant;
  const isTrusted = tenantId !== null && ledger.tenantOf(tenantId).trust === 'trusted';
  const mayShare =
    ledger.policy?.policy.templateSharing === 'trusted-boundaries' &&
    facts.sharing === 'trusted-boundaries' &&
    isTrusted;
  const others = [...holders.values()].filter((holder) => holder.trustBoundary !== trustBoundary);
  const found: string[] = [];
  if (!mayShare && facts.trustBoundary !== trustBoundary) {
    found.push(`which is for ${facts.trustBoundary}, by ${trustBoundary}`);
  }
  for (const holder of others) {
    if (mayShare && ledger.tenantOf(holder.tenantId).trust === 'trusted') continue;
    found.push(`whose pages ${holder.tenantId} of ${holder.trustBoundary} holds`);
  }
  return found;
}

function judgeBoot(
  report: Report,
  recorded: RecordedEvent,
  { payload: { path, clone, computeSystemId } }: Of<'UtilityVmBooted'>,
  book: TemplateBook,
  identities: Set<string>,
): void {
  if ((clone === undefined) !== (path === 'cold')) {
    report(`came up ${path} ${clone === undefined ? 'of no' : 'of a'} template`, recorded);
  }
  if (clone === undefined) return;
  const { templateId, runtimeId, seedFingerprint } = clone;
  if (book.authorized.get(computeSystemId)?.has(templateId) !== true) {
    report(`is a clone of ${templateId}, which its start did not name`, recorded);
  }
  for (const own of [runtimeId, seedFingerprint]) {
    if (identities.has(own)) report('has the identity or the seed of another clone', recorded);
    identities.add(own);
  }
}
