import { enrichPlan, findGpu } from '../facts/index.ts';
import {
  completePlan,
  type FieldName,
  type PlanFields,
  type Sourced,
  type TrainingPlan,
  withoutFields,
} from '../plan/index.ts';
import type { LauncherFacts } from './launcher.ts';
import type { LocalCheckpoint } from './local-checkpoint.ts';
import type { ProjectFacts } from './project-file.ts';
import type { EngineSettings } from './types.ts';

/** What stands outside the config and says something of its run. */
export interface RunContext {
  readonly launcher: LauncherFacts | undefined;
  readonly project: ProjectFacts | undefined;
  readonly settings: EngineSettings;
  readonly checkpoint: LocalCheckpoint | undefined;
}

/**
 * The plan with what stands outside the config: the run's size from the script that starts it, hardware and world size
 * from `batchwise.json` or the settings, the data set's facts, the model's facts from its checkpoint or the catalogue.
 * What the config and the files it names say is never replaced.
 */
export function withRunContext(plan: TrainingPlan, context: RunContext): TrainingPlan {
  const { launcher, project, settings, checkpoint } = context;
  const own = saysSize(context) && followsFromBatch(plan) ? withoutFields(plan.values, RANKS) : plan.values;
  const values: { [F in FieldName]?: Sourced<PlanFields[FieldName]> } = { ...own };
  const fill = (field: FieldName, value: PlanFields[FieldName] | undefined, setting: string): void => {
    if (value !== undefined && values[field] === undefined) values[field] = { value, origin: 'setting', setting };
  };
  if (launcher !== undefined && !statesWorld(values)) {
    fill('parallel.world', launcher.world?.value, launcher.world?.setting ?? '');
    fill('parallel.nodes', launcher.nodes?.value, launcher.nodes?.setting ?? '');
    fill('parallel.gpusPerNode', launcher.gpusPerNode?.value, launcher.gpusPerNode?.setting ?? '');
  }
  fill('model.configJson', checkpoint?.json, checkpoint?.name ?? '');
  if (project !== undefined) {
    fill('hardware.gpu', gpuName(project.gpu), 'batchwise.json');
    fillWorld(project, values, fill);
    fill('data.examples', project.examples, 'batchwise.json');
    fill('data.meanTokens', project.meanTokens, 'batchwise.json');
    fill('data.tokens', project.tokens, 'batchwise.json');
  }
  fill('hardware.gpu', gpuName(settings.gpu), settings.gpuOrigin ?? 'the setting batchwise.gpu');
  if (!statesWorld(values)) fill('parallel.world', settings.gpus, settings.gpusOrigin ?? 'the setting batchwise.gpus');
  // Each value was filled under its own field, from typed sources.
  return completePlan(enrichPlan({ ...plan, values: values as TrainingPlan['values'] }));
}

function fillWorld(
  project: ProjectFacts,
  values: { readonly [F in FieldName]?: unknown },
  fill: (field: FieldName, value: number | undefined, setting: string) => void,
): void {
  if (statesWorld(values) || project.gpus === undefined) return;
  // They are counted over all nodes, as in the settings.
  fill('parallel.world', project.gpus, 'batchwise.json');
  fill('parallel.nodes', project.nodes, 'batchwise.json');
}

const RANKS: ReadonlySet<FieldName> = new Set<FieldName>(['parallel.data', 'parallel.world']);

/** Whether somebody says of this very run on how many GPUs it is; an editor's setting says it of the machine. */
function saysSize({ launcher, project, settings }: RunContext): boolean {
  return (
    launcher?.world !== undefined ||
    project?.gpus !== undefined ||
    (settings.gpus !== undefined && settings.gpusOrigin !== undefined)
  );
}

/**
 * Whether the ranks are only what the file's batch sizes would come out at: where the run has another number of them,
 * it is the batch that does not add up.
 */
function followsFromBatch({ values }: TrainingPlan): boolean {
  const data = values['parallel.data'];
  return data?.origin === 'inferred' && data.from.includes('batch.global');
}

/** Whether the run's size is known already; a number from outside would only contradict it. */
function statesWorld(values: { readonly [F in FieldName]?: unknown }): boolean {
  if (values['parallel.world'] !== undefined || values['parallel.data'] !== undefined) return true;
  return values['parallel.nodes'] !== undefined && values['parallel.gpusPerNode'] !== undefined;
}

/** The catalogue's id of a GPU's name; a name nobody knows stays as it is, so that messages can repeat it. */
function gpuName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : (findGpu(name)?.id ?? name);
}
