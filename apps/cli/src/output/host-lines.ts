import { counted } from './counted.js';
import type { Colors } from './terminal.js';

/** A host as the api shows it, as far as it is printed for a person. */
export interface ShownHost {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** Why an operator fenced or retired it. */
  readonly statusReason: string | null;
  readonly osVersion: string;
  readonly architecture: string;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly hypervPresent: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly cordoned: boolean;
  readonly cordonReason: string | null;
  readonly drain: {
    readonly evictAt: string | null;
    readonly drainedAt: string | null;
    readonly reason: string | null;
  } | null;
  readonly quarantine: {
    readonly since: string;
    readonly stop: boolean;
    readonly reason: string;
  } | null;
  readonly reboot: { readonly requestedAt: string; readonly trustBoundary: string } | null;
  readonly boot: { readonly kernelInstanceId: string; readonly bootedAt: string } | null;
}

/** Hosts for a person: one a row, and below it why one takes no new work. */
export function hostLines(hosts: readonly ShownHost[], colors: Colors): readonly string[] {
  if (hosts.length === 0) return ['no host was registered'];
  const width = Math.max(...hosts.map(({ status }) => status.length));
  return hosts.flatMap((host) => {
    const { id, name, status } = host;
    const paint = status === 'up' ? colors.green : colors.yellow;
    const row = [id, paint(status.padEnd(width)), colors.bold(name), machineOf(host)];
    return [row.join('  '), ...heldLines(host, colors)];
  });
}

/** One host for a person, with its kernel and labels. */
export function hostDetailLines(host: ShownHost, colors: Colors): readonly string[] {
  const { boot } = host;
  const labels = Object.entries(host.labels).map(([name, value]) => `${name}=${value}`);
  return [
    ...hostLines([host], colors),
    ...(boot === null ? [] : [`  kernel: ${boot.kernelInstanceId}, booted ${boot.bootedAt}`]),
    ...(labels.length === 0 ? [] : [`  labels: ${labels.join(', ')}`]),
  ];
}

function machineOf({ osVersion, architecture, cpuMillis, memoryMiB, hypervPresent }: ShownHost) {
  const vms = hypervPresent ? 'utility VMs' : 'no utility VMs';
  return `${osVersion} ${architecture}, ${cpuMillis} cpuMillis, ${memoryMiB} MiB, ${vms}`;
}

/** Everything that keeps new work away from it. */
function heldLines(host: ShownHost, colors: Colors): readonly string[] {
  const { status, statusReason, cordoned, cordonReason, drain, quarantine, reboot } = host;
  const stops = quarantine?.stop === true ? ', what ran there was stopped' : '';
  return [
    ...(statusReason === null ? [] : [`  ${status}: ${statusReason}`]),
    ...(cordoned ? [`  cordoned${becauseOf(cordonReason)}`] : []),
    ...(drain === null ? [] : [`  ${drainOf(drain)}${becauseOf(drain.reason)}`]),
    ...(quarantine === null
      ? []
      : [
          colors.red(
            `  in quarantine since ${quarantine.since}${stops}${becauseOf(quarantine.reason)}`,
          ),
        ]),
    ...(reboot === null ? [] : [`  is to boot anew, for the boundary ${reboot.trustBoundary}`]),
  ];
}

const becauseOf = (reason: string | null) => (reason === null ? '' : `: ${reason}`);

function drainOf({ evictAt, drainedAt }: NonNullable<ShownHost['drain']>): string {
  if (drainedAt !== null) return `drained, and empty since ${drainedAt}`;
  return evictAt === null ? 'draining' : `draining, and evicting what is left at ${evictAt}`;
}

/** A template of utility VMs as the api shows it, as far as it is printed for a person. */
export interface ShownTemplate {
  readonly id: string;
  readonly status: string;
  readonly image: string;
  readonly trustBoundary: string;
  readonly warmCopies: number;
  readonly retirement: string | null;
  readonly holders: readonly { readonly clones: number }[];
}

/** What a host has saved to clone utility VMs from. */
export function templateLines(
  templates: readonly ShownTemplate[],
  colors: Colors,
): readonly string[] {
  if (templates.length === 0) return ['the host has saved no template in this boot'];
  return templates.map(({ id, status, image, trustBoundary, warmCopies, ...told }) => {
    const clones = told.holders.reduce((sum, holder) => sum + holder.clones, 0);
    const use = `${counted(clones, 'clone')}, ${counted(warmCopies, 'warm copy', 'warm copies')}`;
    const state = status === 'saved' ? colors.green(status) : colors.dim(status);
    const because = told.retirement === null ? '' : ` (${told.retirement})`;
    return `${id}  ${state}${because}  ${image} of ${trustBoundary}: ${use}`;
  });
}
