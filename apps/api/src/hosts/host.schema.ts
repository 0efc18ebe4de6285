import { parseOsVersion } from '@bulkhead/domain';
import { z } from 'zod';
import { hostLabels } from '../http/named.js';
import { name, reason } from '../http/text.js';
import { SimulatedFaults } from './faults.schema.js';

const simulation = z
  .strictObject({
    timeScale: z.number().gt(0).max(1_000_000).meta({ description: 'Divides stage times.' }),
    seed: z.int().min(0).max(4_294_967_295).meta({ description: 'Stage times are drawn from it.' }),
    preloadedImages: z.enum(['catalogue', 'none']).exactOptional().meta({
      description:
        'Whether it comes with every layer of the seeded catalogue, as it does by default.',
    }),
    natAddresses: z.int().min(1).max(65_533).exactOptional().meta({
      description: 'How many addresses its network has; those of a whole 172.16.0.0/16 by default.',
    }),
    faults: SimulatedFaults.exactOptional(),
  })
  .meta({ id: 'HostSimulation', description: 'Only honoured by simulated hosts.' });

const machine = {
  architecture: z.enum(['amd64', 'arm64']),
  cpuMillis: z.int().min(1).max(100_000_000),
  memoryMiB: z.int().min(1).max(1_073_741_824),
  hypervPresent: z.boolean().meta({ description: 'Whether it can run utility VMs.' }),
};

export const HostRegistration = z
  .strictObject({
    name: name(200),
    osVersion: z
      .string()
      .max(32)
      .refine((value) => parseOsVersion(value) !== null, 'must be four dotted numbers')
      .meta({ examples: ['10.0.26100.1742'] }),
    ...machine,
    labels: hostLabels.optional().meta({
      description: 'What workloads may ask for with `hostSelector`. They stay as they are.',
    }),
    simulation: simulation.partial({ seed: true }).optional(),
  })
  .meta({
    id: 'HostRegistration',
    examples: [
      {
        name: 'win2025-a',
        osVersion: '10.0.26100.1742',
        architecture: 'amd64',
        cpuMillis: 32_000,
        memoryMiB: 65_536,
        hypervPresent: true,
      },
    ],
  });
export type HostRegistrationBody = z.infer<typeof HostRegistration>;

export const HostAct = z
  .strictObject({ reason })
  .meta({ id: 'HostAct', examples: [{ reason: 'firmware update' }] });
export type HostActBody = z.infer<typeof HostAct>;

export const HostFencing = z
  .strictObject({
    reason,
    bootId: z.string().min(1).max(64).optional().meta({
      description:
        'The boot that is over (`boot.bootId`). Where the host has booted since, the request is refused: name it, so that one that arrives late cannot declare a machine off that runs again.',
    }),
  })
  .meta({ id: 'HostFencing', examples: [{ reason: 'power supply failed', bootId: 'b-17' }] });
export type HostFencingBody = z.infer<typeof HostFencing>;

export const HostQuarantine = z
  .strictObject({
    reason,
    stop: z.boolean().default(false).meta({
      description: 'Whether what runs there is stopped. What it leaves behind is kept either way.',
    }),
  })
  .meta({ id: 'HostQuarantine', examples: [{ reason: 'odd system calls', stop: true }] });
export type HostQuarantineBody = z.infer<typeof HostQuarantine>;

/** A day: whoever wants to wait longer drains without evicting first. */
const GRACE_MAX_SECONDS = 86_400;

export const HostDrain = z
  .strictObject({
    reason,
    evict: z.boolean().default(false).meta({
      description: 'Whether what still runs there is evicted and placed elsewhere.',
    }),
    graceSeconds: z.int().min(0).max(GRACE_MAX_SECONDS).optional().meta({
      description: 'How long it may go on before it is evicted; only with `evict`, 0 by default.',
    }),
  })
  .refine(({ evict, graceSeconds }) => evict || graceSeconds === undefined, {
    path: ['graceSeconds'],
    message: 'needs `evict`: without it, what runs may go on until it ends',
  })
  .meta({
    id: 'HostDrain',
    examples: [{ reason: 'new firmware', evict: true, graceSeconds: 600 }],
  });
export type HostDrainBody = z.infer<typeof HostDrain>;

export const HOST_CONDITIONS = ['registered', 'up', 'lost', 'fenced', 'retired'] as const;

export const HostSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    driver: z.string(),
    os: z.literal('windows'),
    osVersion: z.string(),
    ...machine,
    labels: z.record(z.string(), z.string()),
    simulation: simulation.nullable(),
    status: z.enum(HOST_CONDITIONS).meta({
      description:
        'registered: not heard of yet. up: answers. lost: stopped answering. fenced: declared off. retired: out of the fleet for good.',
    }),
    statusReason: z.string().nullable().meta({
      description: 'Why an operator fenced or retired it; null in every other status.',
    }),
    cordoned: z.boolean().meta({ description: 'Whether new work stays away from it.' }),
    cordonReason: z.string().nullable().meta({ description: 'Why; null while not cordoned.' }),
    drain: z
      .strictObject({
        startedAt: z.string(),
        evictAt: z.string().nullable(),
        drainedAt: z.string().nullable(),
        reason: z.string().nullable(),
      })
      .nullable()
      .meta({
        description:
          'While it is drained, new work stays away. `drainedAt` tells since when it has been empty.',
      }),
    quarantine: z
      .strictObject({ since: z.string(), stop: z.boolean(), reason: z.string() })
      .nullable()
      .meta({
        description:
          'While it is in quarantine, nothing starts there and nothing is released. `reason` names the incident where one led to it.',
      }),
    reboot: z.strictObject({ requestedAt: z.string(), trustBoundary: z.string() }).nullable().meta({
      description:
        'It is empty and is to boot anew, so that its kernel is free for this boundary; new work stays away until it has.',
    }),
    boot: z
      .strictObject({
        bootId: z.string(),
        kernelInstanceId: z.string(),
        osVersion: z.string(),
        bootedAt: z.string(),
      })
      .nullable(),
    registeredAt: z.string(),
  })
  .meta({
    id: 'Host',
    examples: [
      {
        id: 'host_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
        name: 'win2025-a',
        driver: 'simulated-host',
        os: 'windows',
        osVersion: '10.0.26100.1742',
        architecture: 'amd64',
        cpuMillis: 32_000,
        memoryMiB: 65_536,
        hypervPresent: true,
        labels: { zone: 'a' },
        simulation: null,
        status: 'up',
        statusReason: null,
        cordoned: true,
        cordonReason: 'odd fan noise',
        drain: null,
        quarantine: {
          since: '2026-11-21T10:42:00.000Z',
          stop: true,
          reason: 'incident inc_019aa5c1d2f27c3e8b5f0a1b2c3d4e61',
        },
        reboot: null,
        boot: {
          bootId: 'b-17',
          kernelInstanceId: 'ki_019aa5c1d2f27c3e8b5f0a1b2c3d4e62',
          osVersion: '10.0.26100.1742',
          bootedAt: '2026-11-20T08:01:00.000Z',
        },
        registeredAt: '2026-11-20T08:00:00.000Z',
      },
    ],
  });
export type HostView = z.infer<typeof HostSchema>;
