import { z } from 'zod';
import { Resources } from './submission.schema.js';
import { DecisionSchema } from './workload.schema.js';

const { isolation, warnings } = DecisionSchema.shape;

const Rule = z
  .strictObject({
    id: z.string(),
    text: z.string(),
    effect: z.enum(['refuse', 'hyperv', 'boot']).meta({
      description: 'boot: its utility VM boots, and is no clone of a template.',
    }),
    mayBeOff: z.boolean().meta({ description: 'False for a rule that keeps a promise.' }),
    on: z.boolean().meta({ description: 'Whether it has a say under the policy in force.' }),
    outcome: z.enum(['fired', 'silenced', 'did-not-fire', 'decided-at-placement', 'off']).meta({
      description:
        'silenced: it would have fired, but policy has switched it off. decided-at-placement: it is about the host, which is not known yet, or about what that has when it starts. off: it is about the host, but policy has switched it off.',
    }),
    because: z.string().nullable(),
    reads: z.array(z.string()).meta({ description: 'All that the rule looks at.' }),
    inputs: z.record(z.string(), z.unknown()).meta({
      description: 'What of that is a fact of the tenant, the request or the image.',
    }),
  })
  .meta({ id: 'ExplainedRule' });

const told = {
  refusal: z
    .strictObject({
      code: z.enum(['ISOLATION_REFUSED', 'UNPLACEABLE']),
      strict: z.boolean().meta({ description: 'Whether it is refused only because it is strict.' }),
      detail: z.string(),
    })
    .nullable(),
  isolation: isolation.nullable().meta({
    description: 'The least that it gets; null where it is refused. A placement may raise it.',
  }),
  boundary: z.string(),
  rules: z.array(Rule),
  warnings,
  policyVersion: z.int(),
  compatibilityVersion: z.int(),
};

/** A decision rule by rule. */
export const ExplainedDecision = z.strictObject(told).meta({ id: 'ExplainedDecision' });

const hostId = z.string();
const AbleHost = z
  .strictObject({
    hostId,
    kernelFirst: z.boolean().meta({
      description: 'Hosts whose kernels come first are taken before all others.',
    }),
    preferences: z.record(z.string(), z.number()).meta({ description: 'Points by preference.' }),
    points: z.number(),
  })
  .meta({ id: 'AbleHost' });

const Wall = z
  .strictObject({
    isolation,
    able: z.strictObject({ count: z.int(), hosts: z.array(AbleHost) }).meta({
      description:
        'Hosts that could take it now, the first 20 in the order of best fit; of the first 8 of them the one with the most points is taken.',
    }),
    turnedDown: z.array(
      z.strictObject({
        cause: z.string(),
        count: z.int(),
        hosts: z
          .array(z.strictObject({ hostId, detail: z.string() }))
          .meta({ description: 'The first 20 by id.' }),
      }),
    ),
  })
  .meta({ id: 'ExplainedWall', description: 'What became of every host, behind one wall.' });

const Placement = z
  .strictObject({
    position: z.int().meta({ description: 'The fleet is the one that the log told up to here.' }),
    outcome: z.enum(['place', 'defer', 'settle', 'reject']).meta({
      description:
        'Were it the next in line. reject: no host could ever take it. settle: a claim of a kernel is on its way, and decides.',
    }),
    waits: z.strictObject({ cause: z.string(), detail: z.string() }).nullable(),
    chosen: z
      .strictObject({
        hostId,
        reserved: Resources,
        claimsKernel: z.boolean(),
        decision: ExplainedDecision,
      })
      .nullable(),
    walls: z.array(Wall),
  })
  .meta({
    id: 'ExplainedPlacement',
    description: 'Where it would go now, or what each host lacks. For operators.',
  });

const TurnedAway = z.strictObject({ status: z.int(), code: z.string(), detail: z.string() }).meta({
  id: 'TurnedAway',
  description:
    'The refusal that the submission would get before any rule is asked: the tenant is suspended, or its quota could never hold it. A tenant that asks gets it as the answer itself.',
});

/** What a submission would be answered. Only an operator is told of hosts. */
export const ExplanationSchema = z
  .strictObject({
    tenant: z.string(),
    image: z.string(),
    turnedAway: TurnedAway.nullable(),
    ...told,
    placement: Placement.nullable(),
  })
  .meta({ id: 'Explanation', examples: [explanationExample()] });
export type ExplanationView = z.infer<typeof ExplanationSchema>;
export type ToldView = Pick<ExplanationView, keyof typeof told>;
export type TurnedAwayView = z.infer<typeof TurnedAway>;
export type PlacementView = z.infer<typeof Placement>;

function explanationExample() {
  return {
    tenant: 'ten_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
    image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
    turnedAway: null,
    refusal: null,
    isolation: 'hyperv' as const,
    boundary: 'own:ten_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
    rules: [
      {
        id: 'tenant-hostile',
        text: 'A hostile tenant never shares a kernel.',
        effect: 'hyperv' as const,
        mayBeOff: false,
        on: true,
        outcome: 'fired' as const,
        because: 'the tenant is hostile',
        reads: ['trust'],
        inputs: { trust: 'hostile' },
      },
    ],
    warnings: [],
    policyVersion: 1,
    compatibilityVersion: 1,
    placement: null,
  };
}
