import { z } from 'zod';

const NAMES_MAX = 1_000;
const NAME_MAX_LENGTH = 255;
const TENANTS_MAX = 5_000;

const names = z.array(z.string().min(1).max(NAME_MAX_LENGTH)).max(NAMES_MAX);
const figure = z.int();
const byTenant = <T extends z.ZodType>(value: T) =>
  z
    .record(z.string().max(NAME_MAX_LENGTH), value)
    .refine((entries) => Object.keys(entries).length <= TENANTS_MAX, 'names too many tenants')
    .meta({ maxProperties: TENANTS_MAX });

const TenantPolicySchema = z
  .strictObject({
    floor: z.string().nullable().meta({ description: 'hyperv, or null for none.' }),
    trustedPublishers: names,
    allowedCapabilities: names.meta({ description: 'Although policy calls them risky.' }),
  })
  .meta({ id: 'TenantPolicy' });

/** Forms only. What makes sense, and which promise something would break, the domain says. */
const policyFields = {
  rulesOff: names.meta({ description: 'Ids of rules that have no say; see GET /v1/rules.' }),
  trustedPublishers: names,
  elevatedUsers: names.meta({ description: 'Users that never share a kernel.' }),
  riskyCapabilities: names.meta({ description: 'Capabilities that never share a kernel.' }),
  hostAccessApprovals: byTenant(names).meta({
    description: 'By tenant: host-process, host-pipe, device. Everything else is refused.',
  }),
  tenantPolicies: byTenant(TenantPolicySchema),
  templateSharing: z.string().max(NAME_MAX_LENGTH).meta({
    description:
      'own-boundary or trusted-boundaries: whose utility VMs may be clones of one template. Only trusted tenants ever share one.',
  }),
  templates: z
    .strictObject({
      afterBoots: figure.meta({
        description:
          'How many utility VMs of one image and boundary boot on a host before one is saved there: 1 to 10,000.',
      }),
      perHostMax: figure.meta({ description: '1 to 64 templates on each host.' }),
      warmCopies: figure.meta({
        description:
          '0 to 64 clones of each that a host keeps ready, as far as nothing else needs its memory.',
      }),
    })
    .optional()
    .meta({
      description:
        'Lets hosts save booted utility VMs, before anything runs in them, and start others as their clones. Left out: every utility VM boots.',
    }),
  advisories: z.strictObject({
    evictRunning: z.boolean().meta({
      description:
        'Whether an advisory on the shared kernel evicts what runs there; if not, only nothing new starts there.',
    }),
  }),
  waitingOrder: z.strictObject({
    priorityStepMs: figure.meta({
      description:
        "What one step of priority is worth among a tenant's own workloads, as time waited: 1,000 to 3,600,000 ms.",
    }),
    tenantWeights: byTenant(figure).meta({
      description:
        'By tenant, 1 to 1,000: its part of a full fleet, compared with others. Who is not named has 1.',
    }),
  }),
  preemption: z.strictObject({
    fromPriority: figure.nullable().meta({
      description:
        'From which priority on (1 to 100, time waited counted in) a waiting workload displaces attempts of lower priority of its own tenant; null for never.',
    }),
    otherTenants: z.boolean().meta({
      description:
        'Whether it may displace those of tenants that hold more for their weight even then.',
    }),
  }),
  kernelPatienceMs: figure,
  rebootEmptyAfterMs: figure.optional().meta({
    description:
      'A host that has been empty for so many ms boots anew, where a boundary waits for a kernel and its own is not free. Left out: never.',
  }),
  utilityVmReserve: z.strictObject({ cpuMillis: figure, memoryMiB: figure }),
  utilityVmsPerHostMax: figure.nullable(),
  compatibilityVersion: figure,
};

const policyExample = {
  rulesOff: [],
  trustedPublishers: ['microsoft'],
  elevatedUsers: ['ContainerAdministrator', 'root'],
  riskyCapabilities: ['SYS_ADMIN'],
  hostAccessApprovals: {},
  tenantPolicies: {
    ten_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f: {
      floor: 'hyperv',
      trustedPublishers: [],
      allowedCapabilities: [],
    },
  },
  templateSharing: 'own-boundary',
  templates: { afterBoots: 3, perHostMax: 4, warmCopies: 1 },
  advisories: { evictRunning: true },
  waitingOrder: {
    priorityStepMs: 60_000,
    tenantWeights: { ten_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f: 4 },
  },
  preemption: { fromPriority: null, otherTenants: false },
  kernelPatienceMs: 2_000,
  utilityVmReserve: { cpuMillis: 100, memoryMiB: 1_012 },
  utilityVmsPerHostMax: null,
  compatibilityVersion: 1,
};

export const PolicyPublication = z
  .strictObject({
    ...policyFields,
    replaces: z.int().min(1).optional().meta({
      description:
        'The version that this one was written for: refused where it is in force no more.',
    }),
  })
  .meta({ id: 'PolicyPublication', examples: [{ replaces: 1, ...policyExample }] });
export type PolicyPublicationBody = z.infer<typeof PolicyPublication>;

export const PolicySchema = z
  .strictObject({
    version: z.int(),
    publishedAt: z.string().meta({ description: 'RFC 3339, UTC, with milliseconds.' }),
    ...policyFields,
  })
  .meta({
    id: 'Policy',
    examples: [{ version: 2, publishedAt: '2026-11-21T10:42:00.000Z', ...policyExample }],
  });
export type PolicyView = z.infer<typeof PolicySchema>;

export const RuleListSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        id: z.string(),
        text: z.string(),
        effect: z.enum(['refuse', 'hyperv', 'boot']).meta({
          description: 'boot: its utility VM boots, and is no clone of a template.',
        }),
        mayBeOff: z.boolean().meta({ description: 'False for a rule that keeps a promise.' }),
        on: z.boolean().meta({ description: 'Whether it has a say under the policy in force.' }),
      }),
    ),
  })
  .meta({
    id: 'RuleList',
    examples: [
      {
        items: [
          {
            id: 'tenant-hostile',
            text: 'A hostile tenant never shares a kernel.',
            effect: 'hyperv',
            mayBeOff: false,
            on: true,
          },
        ],
      },
    ],
  });
export type RuleList = z.infer<typeof RuleListSchema>;
