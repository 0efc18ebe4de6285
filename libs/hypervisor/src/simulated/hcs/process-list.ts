import type { ComputeSystemSpec } from '../../driver.js';
import type { ComputeSystemStatistics, ProcessDetails } from '../../properties.js';
import { PROCESSES_OF_A_UTILITY_VM, SYSTEM_PROCESSES } from '../memory/system-processes.js';
import { randomFrom } from '../random.js';

const BYTES_PER_MB = 1_000_000;
/** Windows gives process ids in steps of four. */
const PID_STEP = 4;
const PIDS = 16_000;
/** Pages of libraries that every process shares with the others. */
const SHARED_BYTES = 4_000_000;

/** The processes of an empty container, then the workload with everything that they have not used. */
export function siloProcessesOf(
  { computeSystemId, image, command }: ComputeSystemSpec,
  statistics: ComputeSystemStatistics,
): readonly ProcessDetails[] {
  const pid = pidsOf(computeSystemId);
  const system = SYSTEM_PROCESSES[image.base].map(({ imageName, privateMB }) =>
    processOf(pid(), imageName, Math.round(privateMB * BYTES_PER_MB), statistics, 0),
  );
  const used = system.reduce((sum, { MemoryWorkingSetPrivateBytes: own }) => sum + own, 0);
  const left = Math.max(0, statistics.Memory.MemoryUsagePrivateWorkingSetBytes - used);
  return [...system, processOf(pid(), programOf(command), left, statistics, 1)];
}

/** What the host sees of a utility VM: the process that works for it, and its memory. */
export function hostProcessesOf(
  vmId: string,
  statistics: ComputeSystemStatistics,
  inside: readonly ProcessDetails[],
): readonly ProcessDetails[] {
  const pid = pidsOf(vmId);
  const [worker, memory] = PROCESSES_OF_A_UTILITY_VM;
  const all = statistics.Memory.MemoryUsagePrivateWorkingSetBytes;
  const guest = inside.reduce((sum, { MemoryWorkingSetPrivateBytes: own }) => sum + own, 0);
  const held = Math.max(all, guest);
  return [
    processOf(pid(), worker, SHARED_BYTES, statistics, 0),
    processOf(pid(), memory, held, statistics, 1),
  ];
}

function processOf(
  ProcessId: number,
  ImageName: string,
  privateBytes: number,
  { ContainerStartTime, Timestamp, Processor }: ComputeSystemStatistics,
  cpuShare: number,
): ProcessDetails {
  return {
    ProcessId,
    ImageName,
    CreateTimestamp: ContainerStartTime ?? Timestamp,
    UserTime100ns: Math.round(Processor.RuntimeUser100ns * cpuShare),
    KernelTime100ns: Math.round(Processor.RuntimeKernel100ns * cpuShare),
    MemoryCommitBytes: privateBytes,
    MemoryWorkingSetPrivateBytes: privateBytes,
    MemoryWorkingSetSharedBytes: SHARED_BYTES,
  };
}

/** `C:\tools\job.exe --once` runs as `job.exe`; the entry point of an image has no better name. */
export function programOf(command: readonly string[]): string {
  const name = command[0]?.split(/[\\/]/).at(-1) || 'entrypoint';
  return /\.\w+$/.test(name) ? name : `${name}.exe`;
}

/** The same for the same compute system, and rising in the order in which its processes came. */
function pidsOf(id: string): () => number {
  const random = randomFrom(`pids/${id}`);
  let last = PID_STEP * (1 + Math.floor(random() * PIDS));
  return () => {
    last += PID_STEP * (1 + Math.floor(random() * 8));
    return last;
  };
}
