/** One figure of the simulation, with where it comes from, so that nobody takes an assumption for a measurement. */
export interface CalibrationFigure {
  readonly id: string;
  readonly value: number;
  readonly unit: 's' | 'ms' | 's/GiB' | 'MB' | 'MiB' | 'MB/s' | 'millicpu' | 'ratio';
  /** Spread of a log-normal distribution around `value` as its median; null for a fixed figure. */
  readonly sigma: number | null;
  readonly source: string;
  /** `proposed`: our assumption. `spec`: promised or configured by a vendor. */
  readonly kind: 'proposed' | 'spec';
}

const DERIVED = 'derived from published measurements of Windows container starts; synthetic';
const KATA =
  'github.com/kata-containers/kata-containers docs/how-to/what-is-vm-templating-and-how-do-I-use-it.md';
const CHOSEN = 'chosen for the simulation; no published figure exists';

function figure(
  id: string,
  value: number,
  unit: CalibrationFigure['unit'],
  sigma: number | null = null,
  source = DERIVED,
): CalibrationFigure {
  return { id, value, unit, sigma, source, kind: 'proposed' };
}

/** Only the figures that the model uses. Changing one changes what every seed gives. */
export const CALIBRATION = {
  processNano: figure('sim.start.process.nano.median', 0.8, 's', 0.35),
  processCore: figure('sim.start.process.core.median', 1.6, 's', 0.35),
  hypervNano: figure('sim.start.hyperv.nano.median', 3, 's', 0.4),
  hypervCore: figure('sim.start.hyperv.core.median', 5, 's', 0.4),
  hypervCoreFirst: figure('sim.start.hyperv.core.first_on_host', 15, 's', 0.4),
  /** A clone's whole start against one whose image is cached; Kata saves at best 38.68 % with templates. */
  cloneFactor: figure('sim.start.hyperv.clone_factor', 0.6, 'ratio', null, `${DERIVED}; ${KATA}`),
  /** Instead of the utility VM's boot; its container is created and started as in any other. */
  warmPoolClaim: figure('sim.start.warm_pool_claim', 80, 'ms'),
  /** What writing a booted utility VM takes for its memory. */
  templateSave: {
    id: 'e2b.pause',
    value: 4,
    unit: 's/GiB',
    sigma: null,
    source: 'github.com/e2b-dev/docs docs/sandbox/persistence.mdx',
    kind: 'spec',
  },
  concurrencySlowdown: figure('sim.start.concurrency_slowdown', 0.12, 'ratio'),
  unpackRate: figure('sim.unpack.rate', 2, 'MB/s'),
  shutdown: figure('sim.stop.shutdown', 1.5, 's'),
  forcedStop: figure('sim.stop.forced', 0.3, 's'),
  utilityVmMemory: figure('sim.mem.uvm.reserve', 512, 'MiB'),
  /** Non-paged memory of the host's kernel that every utility VM holds besides. */
  utilityVmKernelPool: figure('sim.mem.uvm.kernel_pool', 500, 'MiB'),
  /** Part of a utility VM's own memory that its clones share with their template; Kata saw 0.72. */
  templateShare: figure('sim.mem.template_share', 0.5, 'ratio', null, `${DERIVED}; ${KATA}`),
  utilityVmCpu: {
    id: 'wcow.uvm.overhead.podfixed.cpu',
    value: 100,
    unit: 'millicpu',
    sigma: null,
    source: 'https://github.com/kubernetes-sigs/windows-testing/pull/560',
    kind: 'spec',
  },
  /** What an image that the catalogue does not know has on top of a base that every host already holds. */
  unknownImageLayer: figure('sim.image.unknown.layer', 20, 'MB', null, CHOSEN),
  /** How a start divides into its stages. A utility VM's boot comes first and is most of its start. */
  utilityVmBootShare: figure('sim.start.share.utility_vm_boot', 0.7, 'ratio', null, CHOSEN),
  createShare: figure('sim.start.share.create', 0.35, 'ratio', null, CHOSEN),
  networkShare: figure('sim.start.share.network', 0.15, 'ratio', null, CHOSEN),
} as const satisfies Record<string, CalibrationFigure>;
