import {
  type ComputeSystemId,
  type HostId,
  type HostSpec,
  type ImageFacts,
  type ImageId,
  type Isolation,
  imageFacts,
  type KernelInstanceId,
  prefixedId,
  seededCatalogue,
  type TemplateId,
  type WorkloadId,
} from '@bulkhead/domain';
import {
  type ComputeSystemStatus,
  HostHistory,
  SimulatedHost,
  VirtualTime,
} from '@bulkhead/hypervisor/simulated';
import { countedIds } from '../fleet/counted-ids.js';

const FENCE = { token: 1, cause: 1 } as const;
const LEASE_MS = 365 * 24 * 60 * 60 * 1_000;
/** Longer than any start, stop or save of the model takes. */
const PATIENCE_MS = 60 * 60 * 1_000;
const SIZE = { cpuMillis: 1_000, memoryMiB: 512 } as const;
const OS_VERSION = { major: 10, minor: 0, build: 20348, revision: 2461 } as const;

/** An image of the seeded catalogue, as a decision would know it. */
export function catalogueImage(reference: string): ImageFacts {
  const found = seededCatalogue.findIndex((image) => image.reference === reference);
  const image = seededCatalogue[found];
  if (image === undefined) throw new RangeError(`the catalogue has no ${reference}`);
  const imageId = prefixedId('img', found.toString(16).padStart(32, '0')) as ImageId;
  return imageFacts(imageId, reference, { registered: { ...image, imageId }, revoked: false });
}

/** One simulated host in virtual time, on which one thing is tried after the other. */
export class TrialHost {
  readonly #time = new VirtualTime(0);
  readonly #newUuid = countedIds();
  readonly #host: SimulatedHost;
  /** All silos of a boot are on its one kernel. */
  readonly #hostKernel = prefixedId('ki', this.#newUuid()) as KernelInstanceId;

  constructor(seed: number, { memoryGib = 64 }: { readonly memoryGib?: number } = {}) {
    const spec: HostSpec = {
      hostId: prefixedId('host', this.#newUuid()) as HostId,
      name: 'trial',
      driver: 'simulated-host',
      os: 'windows',
      osVersion: OS_VERSION,
      architecture: 'amd64',
      cpuMillis: 32_000,
      memoryMiB: memoryGib * 1_024,
      hypervPresent: true,
      labels: {},
      simulation: { timeScale: 1, seed },
    };
    const around = {
      clock: this.#time.clock,
      timers: this.#time,
      uuid: this.#newUuid,
      journal: { append: () => {} },
      history: new HostHistory(),
      timeScale: 1,
    };
    this.#host = new SimulatedHost(spec, around, FENCE);
    this.#host.renewLease(this.#host.fingerprint().bootId, FENCE, LEASE_MS);
  }

  /** Starts one, alone on the host, and removes it again. Its stages tell what took how long. */
  start(image: ImageFacts, isolation: Isolation, clonedFrom?: TemplateId): ComputeSystemStatus {
    const computeSystemId = prefixedId('cs', this.#newUuid()) as ComputeSystemId;
    const spec = {
      computeSystemId,
      workloadId: prefixedId('wl', this.#newUuid()) as WorkloadId,
      isolation,
      kernelInstanceId: isolation === 'process' ? this.#hostKernel : this.#newKernel(),
      image,
      resources: SIZE,
      command: [],
      env: {},
      simulation: { durationMs: PATIENCE_MS, exitCode: 0, fault: null },
      ...(clonedFrom === undefined ? {} : { clonedFrom }),
    };
    this.#host.create(spec, FENCE);
    this.#host.start(computeSystemId, FENCE);
    const inState = (state: ComputeSystemStatus['state']) => () =>
      this.#host.inspect(computeSystemId).state === state;
    this.#until(inState('running'));
    const status = this.#host.inspect(computeSystemId);
    this.#host.terminate(computeSystemId, FENCE);
    this.#until(inState('exited'));
    this.#host.release(computeSystemId, FENCE);
    return status;
  }

  /** Saves a template of the image and waits until it, and its ready copies, are there. */
  saveTemplate(image: ImageFacts, warmCopies: number): TemplateId {
    const templateId = prefixedId('tpl', this.#newUuid()) as TemplateId;
    const { bootId } = this.#host.fingerprint();
    const kernelInstanceId = this.#newKernel();
    this.#host.templates.save({ templateId, kernelInstanceId, image, bootId, warmCopies }, FENCE);
    this.waitForCopies(warmCopies);
    return templateId;
  }

  waitForCopies(count: number): void {
    this.#until(() => {
      const [template] = this.#host.templates.list();
      return template?.state === 'saved' && template.warmCopies >= count;
    });
  }

  #newKernel(): KernelInstanceId {
    return prefixedId('ki', this.#newUuid()) as KernelInstanceId;
  }

  #until(isSo: () => boolean): void {
    const untilMs = this.#time.clock() + PATIENCE_MS;
    while (!isSo()) {
      if (!this.#time.jump(untilMs)) throw new Error('what was waited for did not happen');
    }
  }
}

/** From the order to the start until it ran, in seconds. */
export function secondsOf({ stages }: ComputeSystemStatus): number {
  const from = stages[0]?.startedAtMs ?? 0;
  return ((stages.at(-1)?.finishedAtMs ?? from) - from) / 1_000;
}
