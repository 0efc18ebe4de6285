import { decideIsolation, type IsolationQuestion, type TenantId } from '@bulkhead/domain';
import { idOf, image, linuxImage, policy, unknownImage, windows } from '../test/domain/builders.js';

const QUESTIONS = 4_096;
const DECISIONS_A_ROUND = 400_000;
const WARM_UP_ROUNDS = 1;
const ROUNDS = 5;
const POLICY_TENANTS = 200;

/** How many decisions one core makes in a second: the median of some rounds, and the slowest of them. */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  if (args.length > 0) throw new Error('decision takes no arguments');
  const questions = Array.from({ length: QUESTIONS }, (_, number) => questionOf(number));
  const raised = questions.filter((question) => isRaised(question)).length;
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) decideAll(questions);
  const rates = Array.from({ length: ROUNDS }, () => decideAll(questions)).sort((a, b) => a - b);
  const median = rates[Math.floor(ROUNDS / 2)] ?? 0;
  return {
    perSecond: Math.round(median),
    slowestRound: Math.round(rates[0] ?? 0),
    raisedShare: Math.round((raised / QUESTIONS) * 100) / 100,
  };
}

/** Decisions a second over one round. The count of raised ones is used, so that nothing is left out. */
function decideAll(questions: readonly IsolationQuestion[]): number {
  const startedAtMs = performance.now();
  let raised = 0;
  for (let nr = 0; nr < DECISIONS_A_ROUND; nr += 1) {
    if (isRaised(questions[nr % QUESTIONS] as IsolationQuestion)) raised += 1;
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  if (raised === 0) throw new Error('nothing was raised, so nothing was measured');
  return DECISIONS_A_ROUND / seconds;
}

function isRaised(question: IsolationQuestion): boolean {
  const answer = decideIsolation(question);
  return answer.refused || answer.decision.isolation === 'hyperv';
}

const tenantPolicies = Object.fromEntries(
  Array.from({ length: POLICY_TENANTS }, (_, number) => [
    idOf('ten', number),
    {
      floor: number % 2 === 0 ? ('hyperv' as const) : null,
      trustedPublishers: ['contoso'],
      allowedCapabilities: ['NET_ADMIN'],
    },
  ]),
);
const fullPolicy = { ...policy, tenantPolicies };

/** A mix as a fleet sees it: all trust levels, users and capabilities, at submission and on hosts. */
function questionOf(number: number): IsolationQuestion {
  const tenantId = idOf('ten', number % 1_000) as TenantId;
  const images = [image(), image(), image({ publisher: 'contoso' }), linuxImage, unknownImage];
  return {
    inputs: {
      tenantId,
      trust:
        (['trusted', 'standard', 'standard', 'hostile', 'hostile'] as const)[number % 5] ??
        'hostile',
      trustBoundary: `own:${tenantId}`,
      requested: number % 7 === 0 ? 'hyperv' : 'default',
      strict: false,
      user: number % 3 === 0 ? 'ContainerUser' : null,
      capabilities: number % 4 === 0 ? ['NET_BIND_SERVICE', 'NET_ADMIN'] : [],
      hostAccess: [],
      image: images[number % 6] ?? image(),
      floor: number % 2 === 0 ? null : 'process',
      hostVersion: number % 2 === 0 ? null : windows(number % 11 === 0 ? 26100 : 20348),
      openAdvisories: [],
      otherAdvisories: [],
      kernelPatienceOver: number % 13 === 0,
    },
    policy: fullPolicy,
    policyVersion: 1,
    unrunnableBecause: null,
  };
}
