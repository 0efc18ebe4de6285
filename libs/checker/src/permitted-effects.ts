/**
 * Which events permit which effect of a driver. The log is written first: a host's journal names the
 * position of one of these as the cause of everything that it was asked to do.
 */
const stopping = [
  'WorkloadCancelRequested',
  'WorkloadEvicted',
  'WorkloadDeadlineExceeded',
] as const;
const ending = [
  'ComputeSystemStartFailed',
  'ComputeSystemExited',
  'ComputeSystemLost',
  'ComputeSystemReleased',
] as const;

const permits: Readonly<Record<string, ReadonlySet<string>>> = {
  create: new Set(['StartAuthorized']),
  start: new Set(['StartAuthorized']),
  shutdown: new Set(stopping),
  terminate: new Set([...stopping, ...ending]),
  release: new Set([...stopping, ...ending]),
  boot: new Set(['HostRegistered', 'HostBooted', 'HostFenced', 'HostLost', 'HostRebootRequested']),
};

/** Whether an event of this type permits the effect. */
export function isPermitted(effect: string, eventType: string): boolean {
  return permits[effect]?.has(eventType) ?? false;
}

/** Whether an event of the host permits removing what the log does not hold there. */
export function isPermittedForLeftovers(effect: string, eventType: string): boolean {
  return (effect === 'terminate' || effect === 'release') && eventType === 'HostBooted';
}
