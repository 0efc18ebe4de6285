import {
  type ComputeSystemId,
  type HostId,
  type HostSpec,
  type IdPrefix,
  isId,
  type KernelInstanceId,
  runFaults,
  type TemplateId,
  type WorkloadId,
} from '@bulkhead/domain';
import {
  type ComputeSystemSpec,
  type Fence,
  MAX_EFFECTS_PER_REQUEST,
  MAX_LOG_READS_PER_REQUEST,
  SIMULATED_STDOUT_MAX_LENGTH,
  type VmTemplateSpec,
  type WireEffect,
  type WireLogRead,
} from '@bulkhead/hypervisor';
import { z } from 'zod';
import { faultsSchema } from './faults-schema.js';
import type { HostClock } from './host-clock.js';

const BOOT_ID_MAX_LENGTH = 64;
/** A lease this long would outlive any takeover. */
const MAX_LEASE_TTL_MS = 3_600_000;
const MAX_SHUTDOWN_MS = 3_600_000;
/** Those of a whole 172.16.0.0/16. */
const MAX_NAT_ADDRESSES = 65_533;
const MAX_LAYERS = 128;
const MAX_ARGUMENTS = 10_000;
/** Copies of one template take hundreds of MiB each. */
const MAX_WARM_COPIES = 64;
const YEAR_MS = 366 * 24 * 3_600_000;

function idOf<T extends string>(prefix: IdPrefix) {
  const message = `must be ${prefix}_ and 32 hex digits`;
  return z.custom<T>((value) => typeof value === 'string' && isId(prefix, value), { message });
}

export const hostIdSchema = idOf<HostId>('host');
export const computeSystemIdSchema = idOf<ComputeSystemId>('cs');
const templateIdSchema = idOf<TemplateId>('tpl');

const count = z.number().int().nonnegative();
const positive = z.number().int().positive();
const architecture = z.enum(['amd64', 'arm64']);
const osVersion = z.strictObject({ major: count, minor: count, build: count, revision: count });
const resources = z.strictObject({ cpuMillis: positive, memoryMiB: positive });

export const fenceSchema: z.ZodType<Fence> = z.strictObject({ token: count, cause: count });

export const hostSpecSchema: z.ZodType<HostSpec> = z.strictObject({
  hostId: hostIdSchema,
  name: z.string().max(200),
  driver: z.literal('simulated-host'),
  os: z.literal('windows'),
  osVersion,
  architecture,
  cpuMillis: positive,
  memoryMiB: positive,
  hypervPresent: z.boolean(),
  // A host that was provisioned before there were labels has none.
  labels: z.record(z.string(), z.string()).default({}),
  simulation: z
    .strictObject({
      timeScale: z.number().positive().max(1_000_000),
      seed: z.number().int(),
      preloadedImages: z.enum(['catalogue', 'none']).exactOptional(),
      natAddresses: positive.max(MAX_NAT_ADDRESSES).exactOptional(),
      faults: faultsSchema.exactOptional(),
    })
    .nullable(),
});

export const hostClockSchema: z.ZodType<HostClock> = z.strictObject({
  atMs: count,
  hostMs: count,
  speed: z.number().positive(),
});

const image = z.strictObject({
  imageId: z.templateLiteral(['img_', z.string().max(64)]),
  reference: z.string().max(4_096),
  known: z.boolean(),
  revoked: z.boolean(),
  os: z.enum(['windows', 'linux']),
  architecture,
  osVersion: osVersion.nullable(),
  base: z.enum(['nanoserver', 'servercore', 'server', 'linux']),
  publisher: z.string().nullable(),
});

const layer = z.strictObject({
  digest: z.string().max(200),
  compressedMiB: z.number().nonnegative(),
  unpackedMiB: z.number().nonnegative(),
});

const simulation = z.strictObject({
  durationMs: z.number().nonnegative().max(YEAR_MS),
  exitCode: z.number().int(),
  fault: z.enum(runFaults).nullable(),
  memoryMiB: positive.exactOptional(),
});

export const computeSystemSpecSchema: z.ZodType<ComputeSystemSpec> = z
  .strictObject({
    computeSystemId: computeSystemIdSchema,
    workloadId: idOf<WorkloadId>('wl'),
    isolation: z.enum(['process', 'hyperv']),
    kernelInstanceId: idOf<KernelInstanceId>('ki'),
    image,
    clonedFrom: templateIdSchema.exactOptional(),
    layers: z.array(layer).max(MAX_LAYERS).exactOptional(),
    resources,
    reserved: resources.exactOptional(),
    command: z.array(z.string()).max(MAX_ARGUMENTS),
    env: z.record(z.string(), z.string()),
    simulation: simulation.nullable(),
    simulatedStdout: z.string().max(SIMULATED_STDOUT_MAX_LENGTH).exactOptional(),
  })
  .refine(({ resources, reserved }) => !reserved || covers(reserved, resources), {
    path: ['reserved'],
    message: 'must not be less than the resources',
  });

const vmTemplateSpecSchema: z.ZodType<VmTemplateSpec> = z.strictObject({
  templateId: templateIdSchema,
  kernelInstanceId: idOf<KernelInstanceId>('ki'),
  image,
  bootId: z.string().min(1).max(BOOT_ID_MAX_LENGTH),
  warmCopies: count.max(MAX_WARM_COPIES),
});

export const provisionBody = z.strictObject({ host: hostSpecSchema, fence: fenceSchema });
export const leaseBody = z.strictObject({
  bootId: z.string().min(1).max(BOOT_ID_MAX_LENGTH),
  fence: fenceSchema,
  ttlMs: positive.max(MAX_LEASE_TTL_MS),
});
export const fenceBody = z.strictObject({ fence: fenceSchema });
export const hostParams = z.object({ hostId: hostIdSchema });
export const systemParams = z.object({ hostId: hostIdSchema, id: computeSystemIdSchema });
/** A template has a compute system too, of its own id. */
export const propertiesParams = z.object({
  hostId: hostIdSchema,
  id: z.union([computeSystemIdSchema, templateIdSchema]),
});
export const templateBody = z.strictObject({ template: vmTemplateSpecSchema, fence: fenceSchema });
export const templateParams = z.object({ hostId: hostIdSchema, templateId: templateIdSchema });
export const logReadSchema: z.ZodType<WireLogRead> = z.strictObject({
  hostId: hostIdSchema,
  id: computeSystemIdSchema,
  from: count,
});
export const logReadsBody = z.strictObject({
  reads: z.array(z.unknown()).max(MAX_LOG_READS_PER_REQUEST),
});

const ofHost = { hostId: hostIdSchema, fence: fenceSchema };
const ofSystem = { ...ofHost, id: computeSystemIdSchema };

/** The effects on compute systems, each whole in itself, so that many can come in one request. */
export const effectSchema: z.ZodType<WireEffect> = z.discriminatedUnion('operation', [
  z.strictObject({ ...ofHost, operation: z.literal('create'), spec: computeSystemSpecSchema }),
  z.strictObject({ ...ofSystem, operation: z.enum(['start', 'terminate', 'release']) }),
  z.strictObject({
    ...ofSystem,
    operation: z.literal('shutdown'),
    timeoutMs: count.max(MAX_SHUTDOWN_MS),
  }),
]);
export const effectsBody = z.strictObject({
  effects: z.array(z.unknown()).max(MAX_EFFECTS_PER_REQUEST),
});

type Amounts = z.infer<typeof resources>;
function covers(more: Amounts, less: Amounts): boolean {
  return more.cpuMillis >= less.cpuMillis && more.memoryMiB >= less.memoryMiB;
}
