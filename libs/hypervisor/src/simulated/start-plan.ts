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
import { HRESULT, hexOf } from './hresults.js';
import type { ImageStore } from './image-store.js';
import { SILO_STAGES } from './silo.js';
import { drawStartMs, layStages } from './start-times.js';
import { UTILITY_VM_STAGES } from './utility-vm.js';

/** Everything that a start will do, drawn when it begins: one timer then carries it out. */
export interface StartPlan {
  readonly stages: readonly FinishedStage[];
  /** When it runs, or fails. */
  readonly finishedAtMs: TimeMs;
  readonly failure: DriverFailure | null;
}

export interface StartSurroundings {
  readonly host: HostSpec;
  readonly images: ImageStore;
  readonly timeScale: number;
  readonly nowMs: TimeMs;
  readonly othersStarting: number;
}

export function planStart(
  spec: ComputeSystemSpec,
  random: RandomSource,
  around: StartSurroundings,
): StartPlan {
  const { image, isolation } = spec;
  const firstOfImage = isolation === 'hyperv' && around.images.firstUtilityVmOf(image);
  const { base } = image;
  const { othersStarting } = around;
  const drawnMs = drawStartMs(random, { isolation, base, firstOfImage, othersStarting });
  const pull = around.images.pull(image, around.nowMs);
  const shares = isolation === 'process' ? SILO_STAGES : UTILITY_VM_STAGES;
  const fromMs = pull?.finishedAtMs ?? around.nowMs;
  const stages = layStages(shares, fromMs, drawnMs / around.timeScale);
  const all = pull ? [pull, ...stages] : stages;
  const mismatch = mismatchOf(spec, around.host);
  if (mismatch) return failing(all, around.nowMs, mismatch);
  return { stages: all, finishedAtMs: all.at(-1)?.finishedAtMs ?? fromMs, failure: null };
}

/** The service looks at the image's version when it creates the container: what came before has happened. */
function failing(stages: readonly FinishedStage[], nowMs: TimeMs, detail: string): StartPlan {
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
