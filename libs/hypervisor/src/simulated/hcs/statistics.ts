import type { TimeMs } from '@bulkhead/domain';
import type { ComputeSystemStatistics } from '../../properties.js';
import { CALIBRATION } from '../calibration.js';
import type { ComputeSystem } from '../compute-system.js';
import type { Footprint } from '../memory/footprint.js';
import type { Endpoint } from '../network/nat-network.js';

const TICKS_PER_MS = 10_000;
const BYTES_PER_MIB = 1_048_576;
/** Of the time that its processors run, this much is in the kernel. */
const KERNEL_SHARE = 0.25;
/** A read or a write of the normalized size of the service's storage counters. */
const NORMALIZED_BYTES = 8 * 1024;
/** What a process reads and writes while it runs, for want of anything measured. */
const READ_BYTES_PER_MS = 512;
const WRITTEN_BYTES_PER_MS = 128;

/** What is known of a compute system besides itself. */
export interface Known {
  readonly nowMs: TimeMs;
  /** Null where it holds no memory: before its start and after its end. */
  readonly footprint: Pick<Footprint, 'commitMiB' | 'privateMiB'> | null;
  readonly endpoint: Endpoint | null;
  readonly sharesAddress: boolean;
}

/** How long something has run, and on how much. */
interface Ran {
  readonly runningSinceMs: TimeMs | null;
  readonly untilMs: TimeMs;
  readonly cpuMillis: number;
}

/** Counted from how long it has run, so that nothing has to be kept for it. */
export function statisticsOf(system: ComputeSystem, known: Known): ComputeSystemStatistics {
  const { runningSinceMs, spec } = system;
  const untilMs = system.status().exit?.exitedAtMs ?? known.nowMs;
  return counted({ runningSinceMs, untilMs, cpuMillis: spec.resources.cpuMillis }, known);
}

/** Of a utility VM in which no container ever was: it holds memory, and nothing has run in it. */
export function statisticsOfEmpty(nowMs: TimeMs, footprint: Known['footprint']) {
  const known: Known = { nowMs, footprint, endpoint: null, sharesAddress: false };
  return counted({ runningSinceMs: null, untilMs: nowMs, cpuMillis: 0 }, known);
}

function counted(
  { runningSinceMs, untilMs, cpuMillis }: Ran,
  known: Known,
): ComputeSystemStatistics {
  const ranMs = runningSinceMs === null ? 0 : Math.max(0, untilMs - runningSinceMs);
  const uptime = ranMs * TICKS_PER_MS;
  // The job object lets it have no more than its limit, however much it wants.
  const share = (cpuMillis / 1_000) * CALIBRATION.cpuUse.value;
  const total = Math.round(uptime * share);
  const kernel = Math.round(total * KERNEL_SHARE);
  const [read, written] = [ranMs * READ_BYTES_PER_MS, ranMs * WRITTEN_BYTES_PER_MS];
  return {
    Timestamp: timeText(known.nowMs),
    ContainerStartTime: runningSinceMs === null ? null : timeText(runningSinceMs),
    Uptime100ns: uptime,
    Processor: {
      TotalRuntime100ns: total,
      RuntimeUser100ns: total - kernel,
      RuntimeKernel100ns: kernel,
    },
    Memory: memoryOf(known),
    Storage: {
      ReadCountNormalized: Math.floor(read / NORMALIZED_BYTES),
      ReadSizeBytes: read,
      WriteCountNormalized: Math.floor(written / NORMALIZED_BYTES),
      WriteSizeBytes: written,
    },
    Network: networkOf(known),
  };
}

function memoryOf({ footprint }: Known): ComputeSystemStatistics['Memory'] {
  const commit = Math.round((footprint?.commitMiB ?? 0) * BYTES_PER_MIB);
  return {
    MemoryUsageCommitBytes: commit,
    MemoryUsageCommitPeakBytes: commit,
    MemoryUsagePrivateWorkingSetBytes: Math.round((footprint?.privateMiB ?? 0) * BYTES_PER_MIB),
  };
}

function networkOf({ endpoint, sharesAddress }: Known): ComputeSystemStatistics['Network'] {
  if (endpoint === null) return [];
  const { endpointId, ipAddress, macAddress } = endpoint;
  const Health = sharesAddress ? 'DuplicateAddress' : 'Healthy';
  return [{ EndpointId: endpointId, IpAddress: ipAddress, MacAddress: macAddress, Health }];
}

/** The model has no `Date`: only what it shows in the schema's form is a date. */
function timeText(timeMs: TimeMs): string {
  return new Date(timeMs).toISOString();
}
