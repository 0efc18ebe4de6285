import { chosen, defaultOf, proposedAfter } from '../calibration-figure.js';

const SHIM_TIMEOUT = 'github.com/microsoft/hcsshim@7c9ff7f internal/timeout/timeout.go';
const SHIM_LAYERS = 'github.com/microsoft/hcsshim@7c9ff7f internal/layers/wcow_mount.go';

/** How long things take that go wrong, all of it divided by the host's time scale. */
export const FAULT_TIMES = {
  startTimeout: defaultOf(SHIM_TIMEOUT)('timeout.hcs.system_start', 240, 's'),
  guestConnect: defaultOf(SHIM_TIMEOUT)('timeout.uvm.gcs_connect', 120, 's'),
  layerRetry: defaultOf(SHIM_LAYERS)('retry.layer.delay', 100, 'ms'),
  /** From the crash of its kernel until a host answers again. */
  hostBoot: chosen('sim.fail.host_boot', 60, 's'),
  serviceAway: chosen('sim.fail.service_away', 10, 's'),
  commitTaken: chosen('sim.fail.commit_taken', 30, 's'),
  diskSlow: chosen('sim.fail.disk_slow', 60, 's'),
} as const;

export const LAYER_ATTEMPTS = 5;
/** Of those imports that fail at first, this share fails for good. */
export const LAYER_RETRIES_IN_VAIN = chosen('sim.fail.layer_retries_in_vain', 0.1, 'ratio');
export const SLOW_DISK_FACTOR = proposedAfter('15 s of moby issue 29689 against a median of 1.6 s')(
  'sim.fail.slow_disk.factor',
  10,
  'ratio',
);
/** A clock jumps by up to so much, forwards or back. Never scaled: it is what reports show. */
export const CLOCK_SKEW_MAX = chosen('sim.fail.clock_skew.max', 300, 's');
