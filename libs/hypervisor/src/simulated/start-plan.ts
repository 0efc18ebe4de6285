import {
  canRunInSilo,
  canRunInUtilityVm,
  compatibilityTables,
  type HostSpec,
  type OsVersion,
  type RandomSource,
  type TimeMs,
} from '@bulkhead/domain';
import type { ComputeSystemSpec, DriverFailure, FinishedStage } from '../driver.js';
import type { CloneOrigin } from '../template-control.js';
import { HRESULT, hexOf } from './hresults.js';
import type { ImageStore } from './image-store.js';
import { SILO_STAGES } from './silo.js';
import { drawStartMs, layStages } from './start-times.js';
import { layUtilityVmStart } from './utility-vm.js';

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
  readonly images: ImageStore;
  readonly timeScale: number;
  readonly nowMs: TimeMs;
  readonly othersStarting: number;
  readonly clone: CloneOrigin | null;
}

export function planStart(
  spec: ComputeSystemSpec,
  random: RandomSource,
  around: StartSurroundings,
): StartPlan {
  const { image, isolation } = spec;
  const { clone, othersStarting, timeScale } = around;
  const boots = isolation === 'hyperv' && clone === null;
  const firstOfImage = boots && around.images.firstUtilityVmOf(image);
  const { base } = image;
  const drawnMs =
    drawStartMs(random, { isolation, base, firstOfImage, othersStarting }) / timeScale;
  const pull = around.images.pull(image, around.nowMs);
  const fromMs = pull?.finishedAtMs ?? around.nowMs;
  const stages =
    isolation === 'process'
      ? layStages(SILO_STAGES, fromMs, drawnMs)
      : layUtilityVmStart(pathOf(clone), fromMs, drawnMs, timeScale);
  const all = pull ? [pull, ...stages] : stages;
  const mismatch = mismatchOf(spec, around.host);
  if (mismatch) return { ...failing(all, around.nowMs, mismatch), clone };
  return { stages: all, finishedAtMs: all.at(-1)?.finishedAtMs ?? fromMs, failure: null, clone };
}

function pathOf(clone: CloneOrigin | null): 'cold' | 'cloned' | 'claimed' {
  if (clone === null) return 'cold';
  return clone.warmCopy === null ? 'cloned' : 'claimed';
}

/** The service looks at the image's version when it creates the container: what came before has happened. */
function failing(
  stages: readonly FinishedStage[],
  nowMs: TimeMs,
  detail: string,
): Omit<StartPlan, 'clone'> {
  const create = stages.findIndex((stage) => stage.name === 'create');
  const failedAtMs = stages[create]?.startedAtMs ?? nowMs;
  const code = 'HCS_E_IMAGE_MISMATCH';
  const failure = { code, hresult: hexOf(HRESULT[code]), detail, failedAtMs };
  return { stages: stages.slice(0, Math.max(0, create)), finishedAtMs: failedAtMs, failure };
}

/** A machine obeys the newest table that is known, whatever a policy still decides by. */
function mismatchOf(spec: ComputeSystemSpec, host: HostSpec): string | null {
  const { image, isolation } = spec;
  const table = compatibilityTables.at(-1);
  const runs =
    image.architecture === host.architecture &&
    (isolation === 'hyperv'
      ? canRunInUtilityVm(host.osVersion, image)
      : table !== undefined && canRunInSilo(host.osVersion, image, table));
  if (runs) return null;
  const version = image.osVersion ? versionText(image.osVersion) : 'no Windows version';
  return `an image for ${image.os}/${image.architecture} (${version}) does not run with isolation ${isolation} on ${host.architecture} Windows ${versionText(host.osVersion)}`;
}

function versionText({ major, minor, build, revision }: OsVersion): string {
  return `${major}.${minor}.${build}.${revision}`;
}
