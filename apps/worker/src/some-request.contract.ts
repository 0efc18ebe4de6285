import type { WorkloadRequest } from '@bulkhead/domain';
import { request } from '../../../test/domain/builders.js';
import { UNTIL_TOLD_MS } from './in-memory-doubles.contract.js';

export const knownImage = 'mcr.microsoft.com/windows/nanoserver:ltsc2025';

export function someRequest(changes: Partial<WorkloadRequest> = {}): WorkloadRequest {
  return request({
    image: knownImage,
    resources: { cpuMillis: 500, memoryMiB: 256 },
    priority: 50,
    simulation: { durationMs: 20, exitCode: 0, fault: null },
    ...changes,
  });
}

export const hanging = {
  simulation: { durationMs: 1_000, exitCode: 0, fault: 'hang' },
} as const;

/** Ends well once the test says so: `installation.runs.end()`. */
export const untilTold = {
  simulation: { durationMs: UNTIL_TOLD_MS, exitCode: 0, fault: null },
} as const;
