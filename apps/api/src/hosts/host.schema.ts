import { formatOsVersion, type HostState, parseOsVersion } from '@bulkhead/domain';
import { z } from 'zod';
import { reason, text } from '../http/text.js';
import { timeText } from '../sources.js';

const simulation = z
  .strictObject({
    timeScale: z.number().gt(0).max(1_000_000).meta({ description: 'Divides stage times.' }),
    seed: z.int().min(0).max(4_294_967_295).meta({ description: 'Stage times are drawn from it.' }),
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
    name: text(200),
    osVersion: z
      .string()
      .max(32)
      .refine((value) => parseOsVersion(value) !== null, 'must be four dotted numbers')
      .meta({ examples: ['10.0.26100.1742'] }),
    ...machine,
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

export const HOST_CONDITIONS = ['registered', 'up', 'lost', 'fenced'] as const;

export const HostSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    driver: z.string(),
    os: z.literal('windows'),
    osVersion: z.string(),
    ...machine,
    simulation: z.strictObject({ timeScale: z.number(), seed: z.int() }).nullable(),
    status: z.enum(HOST_CONDITIONS).meta({
      description:
        'registered: not heard of yet. up: answers. lost: stopped answering. fenced: declared off.',
    }),
    cordoned: z.boolean().meta({ description: 'Whether new work stays away from it.' }),
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
  .meta({ id: 'Host' });
export type HostView = z.infer<typeof HostSchema>;

export function hostView({ spec, condition, cordoned, boot, registeredAtMs }: HostState): HostView {
  if (spec === null) throw new Error('there is no such host');
  const { hostId, osVersion, simulation: simulated, ...machineFacts } = spec;
  return {
    id: hostId,
    ...machineFacts,
    osVersion: formatOsVersion(osVersion),
    simulation: simulated === null ? null : { ...simulated },
    status: condition,
    cordoned,
    boot:
      boot === null
        ? null
        : {
            bootId: boot.bootId,
            kernelInstanceId: boot.kernelInstanceId,
            osVersion: formatOsVersion(boot.osVersion),
            bootedAt: timeText(boot.bootedAtMs),
          },
    registeredAt: timeText(registeredAtMs),
  };
}
