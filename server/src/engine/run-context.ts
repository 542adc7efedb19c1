import { enrichPlan, findGpu } from '../facts/index.ts';
import { completePlan, type FieldName, type PlanFields, type Sourced, type TrainingPlan } from '../plan/index.ts';
import type { ProjectFacts } from './project-file.ts';
import type { EngineSettings } from './types.ts';

/**
 * The plan with what stands outside the config: hardware and world size from `batchwise.json` or the settings, the data
 * set's facts, the catalogue's facts about the model. What the config says itself is never replaced.
 */
export function withRunContext(
  plan: TrainingPlan,
  project: ProjectFacts | undefined,
  settings: EngineSettings,
): TrainingPlan {
  const values: { [F in FieldName]?: Sourced<PlanFields[FieldName]> } = { ...plan.values };
  const fill = (field: FieldName, value: PlanFields[FieldName] | undefined, setting: string): void => {
    if (value !== undefined && values[field] === undefined) values[field] = { value, origin: 'setting', setting };
  };
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
  fill('parallel.world', project.gpus * (project.nodes ?? 1), 'batchwise.json');
  fill('parallel.nodes', project.nodes, 'batchwise.json');
}

/** Whether the run's size is known already; a number from outside would only contradict it. */
function statesWorld(values: { readonly [F in FieldName]?: unknown }): boolean {
  return values['parallel.world'] !== undefined || values['parallel.data'] !== undefined;
}

/** The catalogue's id of a GPU's name; a name nobody knows stays as it is, so that messages can repeat it. */
function gpuName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : (findGpu(name)?.id ?? name);
}
