import { simulatedFaultIds } from '@bulkhead/domain';
import { z } from 'zod';

const PLANNED_MAX = 1_000;
const RATE_MAX = 1_000_000;
const YEAR_MS = 366 * 24 * 3_600_000;

const fault = z.enum(simulatedFaultIds);

/** What goes wrong on a simulated host; docs/guides/simulated-hosts.md tells what each fault does. */
export const SimulatedFaults = z
  .strictObject({
    rates: z
      .union([
        z.literal('proposed'),
        z.partialRecord(fault, z.number().min(0).max(RATE_MAX)).meta({
          description: 'Probability each time that it could happen, or how often in an hour.',
        }),
      ])
      .exactOptional()
      .meta({ description: '`proposed`: the assumed rate of every fault.' }),
    seed: z.int().min(0).max(4_294_967_295).exactOptional().meta({
      description: 'Draws which faults come and how often, where no rates are given.',
    }),
    plan: z
      .array(
        z.union([
          z.strictObject({ fault, atMs: z.int().min(0).max(YEAR_MS) }),
          z.strictObject({ fault, onStart: z.int().min(1).max(1_000_000_000) }),
        ]),
      )
      .max(PLANNED_MAX)
      .readonly()
      .exactOptional()
      .meta({
        description: 'Faults at a time after the registration, or with the start of this number.',
      }),
    hypervisorAdvisoryOpen: z.boolean().exactOptional().meta({
      description: 'While true, an escape from a utility VM succeeds.',
    }),
  })
  .meta({
    id: 'SimulatedFaults',
    description: 'What goes wrong on a simulated host, the same again for the same seed.',
    examples: [{ plan: [{ fault: 'utility-vm-crash', onStart: 3 }] }],
  });
