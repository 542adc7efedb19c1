import { findGpu } from '../facts/index.ts';
import type { MemoryOutcome } from '../memory/index.ts';
import { FIELD_INFO, type TrainingPlan } from '../plan/index.ts';
import { baseName, folderOf } from './paths.ts';
import type { Analysis } from './types.ts';
import { batchText, gibText } from './value-text.ts';

export interface LensData {
  readonly offset: number;
  readonly title: string;
  readonly plan: string;
  /** The lens is about this other file, and opens it. */
  readonly file?: string;
}

/**
 * One line a plan: "GPU memory 61 of 79 GiB, fits · 512 sequences/step · H100 80GB × 16". A file that only says how a run
 * is spread has a line for each config that uses it: "train/sft.yaml: GPU memory …".
 */
export function codeLenses(analysis: Analysis): readonly LensData[] {
  const users = analysis.users().flatMap((user) =>
    planLenses(user).map((lens) => ({
      ...lens,
      offset: 0,
      title: `${besideName(user.file, analysis.file)}: ${lens.title}`,
      file: user.file,
    })),
  );
  return users.length > 0 ? users : planLenses(analysis);
}

function planLenses(analysis: Analysis): readonly LensData[] {
  return analysis.plans.flatMap(({ plan, memory }) => {
    const parts = [memoryText(memory()), perStep(plan), hardwareText(plan)].filter((part) => part !== undefined);
    // A file's only plan is the whole file, whatever comment stands first.
    const offset = analysis.plans.length === 1 ? 0 : plan.at.start;
    return parts.length === 0 ? [] : [{ offset, title: parts.join(' · '), plan: plan.name }];
  });
}

/** "GPU memory 61 of 79 GiB, fits"; undefined where nothing is known to say. */
export function memoryText(outcome: MemoryOutcome): string | undefined {
  if (!outcome.known) {
    const named = outcome.missing.slice(0, 3).map((field) => FIELD_INFO[field].label);
    if (named.length === 0) return undefined;
    const { least } = outcome;
    if (least === undefined) return `GPU memory unknown without ${named.join(', ')}`;
    const card = least.capacityBytes === undefined ? '' : ` of ${gibText(least.capacityBytes)}`;
    return `GPU memory at least ${gibText(least.lowBytes)}${card}, more with ${named.join(', ')}`;
  }
  const { estimate } = outcome;
  const range =
    estimate.lowBytes === estimate.highBytes
      ? gibText(estimate.expectedBytes)
      : `${gibText(estimate.lowBytes).replace(' GiB', '')} to ${gibText(estimate.highBytes)}`;
  if (estimate.capacityBytes === undefined) return `GPU memory ${range}`;
  const capacity = gibText(estimate.capacityBytes);
  return `GPU memory ${gibText(estimate.expectedBytes).replace(' GiB', '')} of ${capacity}, ${estimate.verdict}`;
}

function perStep(plan: TrainingPlan): string | undefined {
  const batch = batchText(plan);
  return batch === undefined ? undefined : `${batch}/step`;
}

/** "H100 80GB × 16". */
export function hardwareText(plan: TrainingPlan): string | undefined {
  const gpu = plan.values['hardware.gpu'];
  const world = plan.values['parallel.world'];
  const name = gpu === undefined ? undefined : (findGpu(gpu.value)?.name ?? gpu.value);
  if (name === undefined)
    return world === undefined ? undefined : `${world.value} ${world.value === 1 ? 'GPU' : 'GPUs'}`;
  return world === undefined ? name : `${name} × ${world.value}`;
}

/** A file's name, with its folder where that is another one. */
function besideName(file: string, from: string): string {
  const folder = folderOf(file);
  return folder === folderOf(from) ? baseName(file) : `${baseName(folder)}/${baseName(file)}`;
}
