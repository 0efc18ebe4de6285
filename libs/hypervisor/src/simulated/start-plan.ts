import {
  type CloneOrigin,
  diskMiBOf,
  type HostSpec,
  type RandomSource,
  type TimeMs,
} from '@bulkhead/domain';
import type { ComputeSystemSpec, DriverFailure, FinishedStage } from '../driver.js';
import type { StruckBy } from './faults/fault-switches.js';
import {
  delayOf,
  type Obstacle,
  obstacleOfLayers,
  obstacleToBoot,
  obstacleToStart,
} from './faults/start-faults.js';
import { failureOf } from './hcs/failure.js';
import type { HostResources } from './host-resources.js';
import { mismatchOf } from './image-mismatch.js';
import { layersOf } from './images/layers.js';
import { footprintOf } from './memory/footprint.js';
import { SILO_STAGES } from './silo.js';
import { drawStartMs, layStages } from './start-times.js';
import { layUtilityVmStart } from './utility-vm.js';
import { TEMPLATE_PAGES_MIB } from './vm-template.js';

/** Everything that a start will do, drawn when it begins: one timer then carries it out. */
export interface StartPlan {
  readonly stages: readonly FinishedStage[];
  /** When it runs, or fails. */
  readonly finishedAtMs: TimeMs;
  readonly failure: DriverFailure | null;
  /** Null where nothing was cloned. */
  readonly clone: CloneOrigin | null;
  /** Null where nothing can go wrong. */
  readonly struck: StruckBy | null;
}

export interface StartSurroundings {
  readonly host: HostSpec;
  readonly resources: HostResources;
  readonly timeScale: number;
  readonly nowMs: TimeMs;
  readonly othersStarting: number;
  readonly clone: CloneOrigin | null;
  readonly struck: StruckBy | null;
  /** By how much the disk is slower than it should be. */
  readonly diskFactor: number;
}

/** Takes memory, an address and a silo for it as well: whatever becomes of the start, its end gives them back. */
export function planStart(
  spec: ComputeSystemSpec,
  random: RandomSource,
  around: StartSurroundings,
): StartPlan {
  const { image, isolation } = spec;
  const { clone, diskFactor, nowMs, othersStarting, struck, timeScale } = around;
  const { images, memory, silos } = around.resources;
  if (isolation === 'process') silos.open(spec.computeSystemId);
  const boots = isolation === 'hyperv' && clone === null;
  const firstOfImage = boots && images.firstUtilityVmOf(image);
  const { base } = image;
  const drawnMs = drawStartMs(random, { isolation, base, firstOfImage, othersStarting });
  const slowMs = drawnMs * memory.slowdown() * diskFactor;
  const startMs = (slowMs + (struck === null ? 0 : delayOf(struck))) / timeScale;
  const layers = layersOf(image, spec.layers);
  const obstacle = obstacleTo(spec, around);
  const pull = images.pull(layers, nowMs, diskFactor);
  const fromMs = pull?.finishedAtMs ?? nowMs;
  const stages =
    isolation === 'process'
      ? layStages(SILO_STAGES, fromMs, startMs)
      : layUtilityVmStart(pathOf(clone), fromMs, startMs, timeScale);
  const all = pull ? [pull, ...stages] : stages;
  if (obstacle) {
    const top = layers.at(-1);
    // The next start has to pull it again.
    if (obstacle.code === 'HCS_E_INVALID_LAYER' && top) images.damage(top);
    return { ...failing(all, around, obstacle), clone, struck };
  }
  const finishedAtMs = all.at(-1)?.finishedAtMs ?? fromMs;
  return { stages: all, finishedAtMs, failure: null, clone, struck };
}

function pathOf(clone: CloneOrigin | null): 'cold' | 'cloned' | 'claimed' {
  if (clone === null) return 'cold';
  return clone.warmCopy === null ? 'cloned' : 'claimed';
}

/** The first that a start comes upon, in the order in which it would. */
function obstacleTo(spec: ComputeSystemSpec, around: StartSurroundings): Obstacle | null {
  const { computeSystemId: id, image, isolation } = spec;
  const { memory, network } = around.resources;
  const footprint = footprintOf({
    isolation,
    base: image.base,
    limitMiB: spec.resources.memoryMiB,
    usesMiB: spec.simulation?.memoryMiB ?? null,
    imageMiB: isolation === 'hyperv' ? diskMiBOf(layersOf(image, spec.layers)) : 0,
    templateMiB: around.clone === null ? 0 : TEMPLATE_PAGES_MIB,
  });
  const shortage = memory.shortageOf(footprint);
  if (shortage) {
    const stage = isolation === 'hyperv' ? 'utility-vm-boot' : 'create';
    return { stage, code: 'ERROR_COMMITMENT_LIMIT', detail: shortage };
  }
  memory.hold(id, image.reference, footprint);
  const { struck } = around;
  const beforeContainer = struck && (obstacleToBoot(struck, isolation) ?? obstacleOfLayers(struck));
  if (beforeContainer) return beforeContainer;
  const mismatch = mismatchOf(spec, around.host);
  if (mismatch) return { stage: 'create', code: 'HCS_E_IMAGE_MISMATCH', detail: mismatch };
  const sharesAddress = struck?.faults.has('duplicate-address') === true && network.attachTwice(id);
  if (!sharesAddress && !network.attach(id)) {
    const { taken, addresses } = network.usage();
    const detail = `${taken} of ${addresses} addresses of the nat network are taken`;
    return { stage: 'network-attach', code: 'HCN_E_ADDR_INVALID_OR_RESERVED', detail };
  }
  return struck && obstacleToStart(struck, isolation);
}

/** What comes before the obstacle has happened; the start fails where it begins, or some time after. */
export function failing(
  stages: readonly FinishedStage[],
  { nowMs, timeScale }: StartSurroundings,
  { stage, code, detail, lastsMs = 0 }: Obstacle,
): Omit<StartPlan, 'clone' | 'struck'> {
  const at = stages.findIndex(({ name }) => name === stage);
  const failedAtMs = (stages[at]?.startedAtMs ?? nowMs) + Math.round(lastsMs / timeScale);
  const failure = failureOf(code, failedAtMs, detail);
  return { stages: stages.slice(0, Math.max(0, at)), finishedAtMs: failedAtMs, failure };
}

/** Of a start that is under way. Only its end finishes the last stage, however late its timer is. */
export function finishedBy(plan: StartPlan | null, atMs: TimeMs): readonly FinishedStage[] {
  const stages = plan?.stages ?? [];
  return stages.filter(({ name, finishedAtMs }) => name !== 'start' && finishedAtMs <= atMs);
}
