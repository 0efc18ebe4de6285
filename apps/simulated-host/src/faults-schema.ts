import { type SimulatedFaults, simulatedFaultIds } from '@bulkhead/domain';
import { z } from 'zod';

/** More than anybody plans by hand for one host. */
const MAX_PLANNED = 1_000;
const MAX_RATE = 1_000_000;
const YEAR_MS = 366 * 24 * 3_600_000;

const fault = z.enum(simulatedFaultIds);

/** What goes wrong on a host, as the log has it. */
export const faultsSchema: z.ZodType<SimulatedFaults> = z.strictObject({
  rates: z
    .union([z.literal('proposed'), z.partialRecord(fault, z.number().nonnegative().max(MAX_RATE))])
    .exactOptional(),
  seed: z.number().int().exactOptional(),
  plan: z
    .array(
      z.union([
        z.strictObject({ fault, atMs: z.number().int().nonnegative().max(YEAR_MS) }),
        z.strictObject({ fault, onStart: z.number().int().positive() }),
      ]),
    )
    .max(MAX_PLANNED)
    .exactOptional(),
  hypervisorAdvisoryOpen: z.boolean().exactOptional(),
});
