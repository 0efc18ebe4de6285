import {
  type BatchId,
  type ImageId,
  type TrustBoundary,
  type Wanted,
  type WorkloadId,
} from '@bulkhead/domain';
import { idOf, image, policy, windows } from '../../test/domain/builders.js';

/** One workload, as placement sees it. */
export interface Load {
  readonly workloadId: WorkloadId;
  readonly batchId: BatchId | null;
  /** Whether no two tasks of its batch may meet on a host. */
  readonly apart: boolean;
  readonly wanted: Omit<Wanted, 'batchTasks' | 'apartFrom'>;
}

const UTILITY_VM_SHARE = 0.4;
const BATCH_SHARE = 0.25;
const TASKS_OF_BATCH = 100;
const IMAGES = 40;
/** So many ask for hosts with a label, which one host in four has. */
const SELECTOR_SHARE = 0.1;
export const SELECTOR = { disk: 'ssd' };
/** Every boundary needs a kernel of its own; the other hosts' kernels stay free or are for utility VMs. */
const HOSTS_PER_BOUNDARY = 4;

/** The same draws every time; mulberry32. */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const images = Array.from({ length: IMAGES }, (_, at) =>
  image({
    imageId: idOf('img', at + 1) as ImageId,
    reference: `example.org/image:${at}`,
    osVersion: windows(at % 2 === 0 ? 20348 : 26100),
  }),
);

/** Of all 40 % need a utility VM, the others a kernel of their own boundary or a free one. */
export function loads(count: number, hosts: number, seed = 1): Load[] {
  const draw = draws(seed);
  const whole = (below: number) => Math.floor(draw() * below);
  // A boundary is a fact of its tenant: one string, whoever of them submits.
  const boundaries = Array.from(
    { length: Math.max(1, Math.floor(hosts / HOSTS_PER_BOUNDARY)) },
    (_, at) => `boundary-${at}` as unknown as TrustBoundary,
  );
  return Array.from({ length: count }, (_, at) => {
    const isolation = draw() < UTILITY_VM_SHARE ? 'hyperv' : 'process';
    const reserve =
      isolation === 'hyperv' ? policy.utilityVmReserve : { cpuMillis: 0, memoryMiB: 0 };
    const cpuMillis = 250 * (1 + whole(16)) + reserve.cpuMillis;
    const memoryMiB = 256 * (1 + whole(64)) + reserve.memoryMiB;
    const batch = draw() < BATCH_SHARE ? idOf('bat', Math.floor(at / TASKS_OF_BATCH)) : null;
    return {
      workloadId: idOf('wl', at + 1) as WorkloadId,
      batchId: batch as BatchId | null,
      apart: batch !== null && Math.floor(at / TASKS_OF_BATCH) % 2 === 0,
      wanted: {
        image: images[whole(IMAGES)] ?? image(),
        isolation,
        needed: { cpuMillis, memoryMiB },
        compatibilityVersion: policy.compatibilityVersion,
        boundary: boundaries[whole(boundaries.length)] as TrustBoundary,
        hostSelector: draw() < SELECTOR_SHARE ? SELECTOR : {},
      },
    } as const;
  });
}
