import {
  type CloneOrigin,
  diskMiBOf,
  type HostSpec,
  type RandomSource,
  type TimeMs,
} from '@bulkhead/domain';
import type { ComputeSystemSpec, DriverFailure, FinishedStage, StageName } from '../driver.js';
import { failureOf } from './hcs/failure.js';
import type { ResultCodeName } from './hcs/result-codes.js';
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
}

export interface StartSurroundings {
  readonly host: HostSpec;
  readonly resources: HostResources;
  readonly timeScale: number;
  readonly nowMs: TimeMs;
  readonly othersStarting: number;
  readonly clone: CloneOrigin | null;
}

/** A stage that does not come to its end, and why. */
export interface Obstacle {
  readonly stage: StageName;
  readonly code: ResultCodeName;
  readonly detail: string;
}

/** Takes memory and an address for it as well: whatever becomes of the start, its end gives them back. */
export function planStart(
  spec: ComputeSystemSpec,
  random: RandomSource,
  around: StartSurroundings,
): StartPlan {
  const { image, isolation } = spec;
  const { clone, nowMs, othersStarting, timeScale } = around;
  const { images, memory } = around.resources;
  const boots = isolation === 'hyperv' && clone === null;
  const firstOfImage = boots && images.firstUtilityVmOf(image);
  const { base } = image;
  const drawnMs = drawStartMs(random, { isolation, base, firstOfImage, othersStarting });
  const startMs = (drawnMs * memory.slowdown()) / timeScale;
  const pull = images.pull(layersOf(image, spec.layers), nowMs);
  const fromMs = pull?.finishedAtMs ?? nowMs;
  const stages =
    isolation === 'process'
      ? layStages(SILO_STAGES, fromMs, startMs)
      : layUtilityVmStart(pathOf(clone), fromMs, startMs, timeScale);
  const all = pull ? [pull, ...stages] : stages;
  const obstacle = obstacleTo(spec, around);
  if (obstacle) return { ...failing(all, nowMs, obstacle), clone };
  return { stages: all, finishedAtMs: all.at(-1)?.finishedAtMs ?? fromMs, failure: null, clone };
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
  const mismatch = mismatchOf(spec, around.host);
  if (mismatch) return { stage: 'create', code: 'HCS_E_IMAGE_MISMATCH', detail: mismatch };
  if (network.attach(id)) return null;
  const { taken, addresses } = network.usage();
  const detail = `${taken} of ${addresses} addresses of the nat network are taken`;
  return { stage: 'network-attach', code: 'HCN_E_ADDR_INVALID_OR_RESERVED', detail };
}

/** What comes before the obstacle has happened; the start fails where it begins. */
export function failing(
  stages: readonly FinishedStage[],
  nowMs: TimeMs,
  { stage, code, detail }: Obstacle,
): Omit<StartPlan, 'clone'> {
  const at = stages.findIndex(({ name }) => name === stage);
  const failedAtMs = stages[at]?.startedAtMs ?? nowMs;
  const failure = failureOf(code, failedAtMs, detail);
  return { stages: stages.slice(0, Math.max(0, at)), finishedAtMs: failedAtMs, failure };
}
