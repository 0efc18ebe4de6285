import type { SimulatedFaultId } from '@bulkhead/domain';
import { type CalibrationFigure, chosen, proposed } from '../calibration-figure.js';

/** When a fault can come: with a start, a run or an end, or at any time of a host or of a utility VM. */
export type FaultOccasion = 'start' | 'run' | 'end' | 'host' | 'utility-vm';

export interface Fault {
  readonly occasion: FaultOccasion;
  /** How often it comes in a fleet, by assumption: for each occasion, or in an hour of a host or of a VM. */
  readonly rate: CalibrationFigure;
  /** Where something like it was seen. */
  readonly evidence: string;
  /** What happens. */
  readonly sentence: string;
}

const perStart = (id: string, value: number) => proposed(id, value, 'probability/start');
const perHour = (id: string, value: number) => proposed(id, value, 'probability/hour');
const perHostHour = (id: string, value: number) => proposed(id, value, 'probability/host-hour');

/** No public rate exists for any of these: all rates are assumptions. */
export const FAULTS: Readonly<Record<SimulatedFaultId, Fault>> = {
  'hcs-hang': {
    occasion: 'host',
    rate: chosen('sim.fail.hcs_hang', 0.00001, 'probability/host-hour'),
    evidence: 'hcsshim issues 763, 846, 1056',
    sentence:
      'The Host Compute Service hangs: nothing starts, stops or is told any more. Only a reboot helps; the host resets itself when the hang has outlasted the time-out of a start, or its lease.',
  },
  'start-timeout': {
    occasion: 'start',
    rate: perStart('sim.fail.hcs_start_timeout', 0.002),
    evidence: 'hcsshim issue 1751',
    sentence:
      'A start is not answered for 240 s and fails with HCS_E_OPERATION_TIMEOUT; more often while more than eight starts are in flight.',
  },
  'guest-connect-timeout': {
    occasion: 'start',
    rate: perStart('sim.fail.uvm_connect_timeout', 0.003),
    evidence: 'hcsshim internal/uvm/start.go, internal/timeout/timeout.go',
    sentence:
      'The guest of a utility VM does not connect within 120 s: the VM is ended and its start fails with HCS_E_CONNECTION_TIMEOUT.',
  },
  'guest-connection-lost': {
    occasion: 'utility-vm',
    rate: chosen('sim.fail.guest_connection_lost', 0.0005, 'probability/hour'),
    evidence: 'hcsshim pull request 2743',
    sentence:
      'The connection to the guest closes while it runs: the utility VM ends, and only its own workload with it.',
  },
  'utility-vm-crash': {
    occasion: 'utility-vm',
    rate: perHour('sim.fail.uvm_crash', 0.0005),
    evidence: 'docker/for-win issue 1094',
    sentence: 'A guest kernel crashes: its utility VM ends, and only its own workload with it.',
  },
  'host-bug-check': {
    occasion: 'host',
    rate: perHostHour('sim.fail.host_bugcheck', 0.00002),
    evidence: 'docker/for-win issues 4670, 4848; moby issue 41118; containerd issue 12982',
    sentence:
      'The kernel of the host crashes: every silo on it dies, utility VMs are lost with their host, and it boots anew.',
  },
  'layer-import-transient': {
    occasion: 'start',
    rate: perStart('sim.fail.layer_transient', 0.005),
    evidence: 'moby issues 32838, 37821; hcsshim internal/layers/wcow_mount.go',
    sentence:
      'A layer cannot be imported at first. It is tried five times, 100 ms apart, and one time in ten that does not help.',
  },
  'layer-import-failure': {
    occasion: 'start',
    rate: perStart('sim.fail.layer_fatal', 0.0002),
    evidence: 'hcsshim issue 2566; docker/for-win issues 1577, 1686',
    sentence:
      'A layer is damaged: the start fails with HCS_E_INVALID_LAYER, and the layer has to be pulled again.',
  },
  'endpoint-leak': {
    occasion: 'end',
    rate: proposed('sim.fail.endpoint_leak', 0.001, 'probability/delete'),
    evidence: 'Windows-Containers issue 631; kubernetes issue 68511',
    sentence:
      'The endpoint of a compute system stays when it has ended, and its address with it, until the host boots; more often with more than two ends in a second.',
  },
  'duplicate-address': {
    occasion: 'start',
    rate: chosen('sim.fail.duplicate_address', 0.0005, 'probability/start'),
    evidence: 'Azure/AKS issue 5653',
    sentence: 'A compute system gets an address that another one has: neither is reached reliably.',
  },
  'service-disconnect': {
    occasion: 'host',
    rate: perHostHour('sim.fail.service_disconnect', 0.0001),
    evidence: 'hcsshim internal/hcs/errors.go; HCSHResult.md (0x8037011E)',
    sentence:
      'The service dies and comes back: the outcome of what was in flight is unknown, some starts have failed, and what ran goes on.',
  },
  zombie: {
    occasion: 'run',
    rate: chosen('sim.fail.zombie', 0.0005, 'probability/run'),
    evidence: 'anthropics/claude-code issue 39636',
    sentence:
      'A compute system has ended and its end is not told: it reads as running, and only its property Stopped is true.',
  },
  'commit-exhaustion': {
    occasion: 'start',
    rate: chosen('sim.fail.commit_exhaustion', 0.0005, 'probability/start'),
    evidence: 'navcontainerhelper issue 870',
    sentence:
      'Something else takes what is left below the commit limit for a while: starts fail with ERROR_COMMITMENT_LIMIT ("the paging file is too small").',
  },
  'slow-disk': {
    occasion: 'host',
    rate: chosen('sim.fail.slow_disk', 0.001, 'probability/host-hour'),
    evidence: 'moby issue 29689; Windows-Containers issue 149',
    sentence: 'The disk is ten times slower for a while, and starts and pulls with it.',
  },
  'clock-skew': {
    occasion: 'host',
    rate: chosen('sim.fail.clock_skew', 0.001, 'probability/host-hour'),
    evidence: 'assumption: clocks of real fleets differ',
    sentence:
      'The clock of the host jumps, and the times of stages, ends and failures that it reports with it, until it boots. How long it waits is not touched, nor are the times of what was written.',
  },
  'escape-attempt': {
    occasion: 'run',
    rate: chosen('sim.fail.escape_attempt', 0.0001, 'probability/run'),
    evidence: 'Siloscape (MITRE ATT&CK S0623); CVE-2025-21333',
    sentence:
      'A workload breaks out: from a silo it reaches the kernel of the host and every silo on it, from a utility VM nothing, unless a hypervisor advisory is open.',
  },
};

/** Rates that hold under load, by assumption. */
export const START_TIMEOUT_UNDER_LOAD = perStart('sim.fail.hcs_start_timeout.under_load', 0.05);
export const STARTS_UNDER_LOAD = 8;
export const LEAK_UNDER_CHURN = proposed(
  'sim.fail.endpoint_leak.under_churn',
  0.01,
  'probability/delete',
);
export const ENDS_IN_A_SECOND_UNDER_CHURN = 2;
