import {
  type CalibrationFigure,
  chosen,
  defaultOf,
  measuredBy,
  proposed,
  proposedAfter,
  specifiedBy,
} from './calibration-figure.js';

export type { CalibrationFigure } from './calibration-figure.js';

const KATA =
  'github.com/kata-containers/kata-containers docs/how-to/what-is-vm-templating-and-how-do-I-use-it.md';
const PROCESS_LISTINGS =
  'process listing in a public repository document (repository not recorded)';
const SHIM_UVM = 'github.com/microsoft/hcsshim@7c9ff7f internal/uvm/create_wcow.go';
const POD_OVERHEAD = 'https://github.com/kubernetes-sigs/windows-testing/pull/560';

/** Only the figures that the model uses. Changing one changes what every seed gives. */
export const CALIBRATION = {
  processNano: proposed('sim.start.process.nano.median', 0.8, 's', 0.35),
  processCore: proposed('sim.start.process.core.median', 1.6, 's', 0.35),
  hypervNano: proposed('sim.start.hyperv.nano.median', 3, 's', 0.4),
  hypervCore: proposed('sim.start.hyperv.core.median', 5, 's', 0.4),
  hypervCoreFirst: proposed('sim.start.hyperv.core.first_on_host', 15, 's', 0.4),
  /** A clone's whole start against one whose image is cached; Kata saves at best 38.68 % with templates. */
  cloneFactor: proposedAfter(KATA)('sim.start.hyperv.clone_factor', 0.6, 'ratio'),
  /** Instead of the utility VM's boot; its container is created and started as in any other. */
  warmPoolClaim: proposed('sim.start.warm_pool_claim', 80, 'ms'),
  /** What writing a booted utility VM takes for its memory. */
  templateSave: specifiedBy('github.com/e2b-dev/docs docs/sandbox/persistence.mdx')(
    'e2b.pause',
    4,
    's/GiB',
  ),
  concurrencySlowdown: proposed('sim.start.concurrency_slowdown', 0.12, 'ratio'),
  shutdown: proposed('sim.stop.shutdown', 1.5, 's'),
  forcedStop: proposed('sim.stop.forced', 0.3, 's'),
  /** How a start divides into its stages. A utility VM's boot comes first and is most of its start. */
  utilityVmBootShare: chosen('sim.start.share.utility_vm_boot', 0.7, 'ratio'),
  createShare: chosen('sim.start.share.create', 0.35, 'ratio'),
  networkShare: chosen('sim.start.share.network', 0.15, 'ratio'),

  /** The compressed bytes of a layer that a host unpacks in a second, and that it receives. */
  unpackRate: proposed('sim.unpack.rate', 2, 'MB/s'),
  downloadRate: proposedAfter('about 1.7 GB in the 74 s of pull.servercore1809.download')(
    'sim.pull.download_rate',
    23,
    'MB/s',
  ),
  /** What an image that the catalogue does not know has on top of a base that every host already holds. */
  unknownImageLayer: chosen('sim.image.unknown.layer', 20, 'MB'),
  scratchSize: defaultOf(
    'Virtualization-Documentation virtualization/windowscontainers/manage-containers/container-storage.md',
  )('container.scratch.default', 20, 'GB'),

  utilityVmMemory: proposed('sim.mem.uvm.reserve', 512, 'MiB'),
  /** Non-paged memory of the host's kernel that every utility VM holds besides. */
  utilityVmKernelPool: proposed('sim.mem.uvm.kernel_pool', 500, 'MiB'),
  /** Part of a utility VM's own memory that its clones share with their template; Kata saw 0.72. */
  templateShare: proposedAfter(KATA)('sim.mem.template_share', 0.5, 'ratio'),
  utilityVmCpu: specifiedBy(POD_OVERHEAD)('wcow.uvm.overhead.podfixed.cpu', 100, 'millicpu'),
  /** Read-only files of the host that a utility VM maps instead of reading them: at most so much. */
  directMapWindow: defaultOf(SHIM_UVM)('uvm.default.vsmb_direct_map', 1024, 'MB'),
  /** How much of what could be mapped is really in memory. */
  directMapResident: chosen('sim.mem.uvm.direct_map_resident', 0.3, 'ratio'),
  siloPrivateNano: proposed('sim.mem.process.private.nano', 29, 'MB'),
  siloPrivateCore: proposed('sim.mem.process.private.core', 46, 'MB'),
  /** How much of its limit a workload uses that does not say how much memory it needs. */
  memoryUse: chosen('sim.run.memory_use', 0.5, 'ratio'),
  cpuUse: chosen('sim.run.cpu_use', 0.3, 'ratio'),
  hostReserve: specifiedBy('https://github.com/kubernetes/website/pull/24843')(
    'wcow.host.system_reserved',
    2,
    'GB',
  ),
  /** Page file by the physical memory; the commit limit is the sum of both. */
  pageFile: chosen('sim.mem.page_file', 1, 'ratio'),
  /** Starts slow down by so much for every whole of the physical memory that is asked for beyond it. */
  pagingSlowdown: chosen('sim.mem.paging_slowdown', 4, 'ratio'),

  svchostNano: measuredBy(PROCESS_LISTINGS)('wcow.mem.proc.nano.svchost_mean', 3.16, 'MB'),
  svchostCore: measuredBy(PROCESS_LISTINGS)('wcow.mem.proc.core.svchost_mean', 3.33, 'MB'),
  /** 172.16.0.0/16 without the addresses of the network, the gateway and the broadcast. */
  natAddresses: defaultOf(
    'Virtualization-Documentation virtualization/windowscontainers/container-networking/architecture.md',
  )('sim.network.nat_pool', 65_533, 'addresses'),
} as const satisfies Record<string, CalibrationFigure>;
