import type { Objective, PlanValues } from '../../plan/index.ts';
import { familyOf } from '../programs/families.ts';
import type { EvaluationWorkload, GenerationWorkload, Workload } from '../workload.ts';
import { sequencesPerExample } from './plan-to-lengths.ts';

/** Objectives whose evaluation samples and scores answers instead of taking a loss over given ones. */
const SAMPLED: ReadonlySet<Objective> = new Set(['ppo', 'grpo', 'rloo']);

/** What runs between the training steps, where the plan says so; what it leaves open is not counted. */
export function inferenceOf(
  values: PlanValues,
  workload: Workload,
  notes: string[],
): Pick<Workload, 'evaluation' | 'generation'> {
  // Of a model that is split itself nobody measured a pass without gradients.
  const { tensorParallel, contextParallel, pipeline, expertParallel, shape } = workload;
  if (tensorParallel * contextParallel * pipeline.stages * expertParallel > 1 || shape.family === 'convnet') return {};
  const evaluation = evaluationOf(values, workload, notes);
  const generation = rolloutOf(values, workload) ?? answersOf(values, workload, evaluation);
  return { ...(evaluation === undefined ? {} : { evaluation }), ...(generation === undefined ? {} : { generation }) };
}

function evaluationOf(values: PlanValues, { task }: Workload, notes: string[]): EvaluationWorkload | undefined {
  const cadence = values['schedule.evalCadence']?.value;
  const batch = values['batch.eval']?.value;
  const objective = values['run.objective']?.value;
  if (cadence === undefined || cadence === 'no' || batch === undefined || !(batch >= 1)) return undefined;
  if (objective !== undefined && SAMPLED.has(objective)) return undefined;
  // Images have one size; sequences are often padded to the longest of their batch, which no config says.
  const length = task === 'image' ? 1 : values['evaluation.length']?.value;
  if (length === undefined) {
    if (batch > (values['batch.micro']?.value ?? batch))
      notes.push('Evaluation is not counted: the length its batches are padded to is not known.');
    return undefined;
  }
  const sequences = batch * sequencesPerExample(values);
  const wholeLogits = values['evaluation.lossKernel']?.value === 'plain';
  return { sequences, length, wholeLogits, keptBatches: keptBatches(values, batch) };
}

/** Batches whose logits are on the device at once. Where the size of the evaluation set is open, so is their number. */
function keptBatches(values: PlanValues, batch: number): number {
  if (values['evaluation.keepsLogits']?.value !== true) return 0;
  const examples = values['evaluation.examples']?.value;
  const ranks = values['parallel.data']?.value;
  const moved = values['evaluation.batchesOnDevice']?.value;
  const all = examples === undefined || ranks === undefined ? undefined : Math.ceil(examples / (batch * ranks));
  return Math.min(all ?? 1, moved ?? Number.POSITIVE_INFINITY);
}

/** Completions the trained model samples by itself (trl: trl/trainer/grpo_trainer.py, without vLLM). */
function rolloutOf(values: PlanValues, workload: Workload): GenerationWorkload | undefined {
  if (values['rollout.engine']?.value !== 'transformers' || !generatesAlone(workload)) return undefined;
  const promptLength = values['rollout.promptLength']?.value;
  const newTokens = values['rollout.completionLength']?.value;
  const micro = values['batch.micro']?.value;
  const steps = values['rollout.stepsPerGeneration']?.value;
  if (promptLength === undefined || newTokens === undefined || micro === undefined || steps === undefined)
    return undefined;
  // PPO takes its rollout apart by local_rollout_forward_batch_size, which no field says.
  if (values['run.objective']?.value === 'ppo') return undefined;
  return { sequences: micro * steps, beams: 1, promptLength, newTokens };
}

/** Answers that evaluation generates (transformers: trainer_seq2seq.py, predict_with_generate). */
function answersOf(
  values: PlanValues,
  workload: Workload,
  evaluation: EvaluationWorkload | undefined,
): GenerationWorkload | undefined {
  const newTokens = values['evaluation.newTokens']?.value;
  if (evaluation === undefined || values['evaluation.generates']?.value !== true || newTokens === undefined)
    return undefined;
  if (!generatesAlone(workload)) return undefined;
  const beams = Math.max(1, values['evaluation.beams']?.value ?? 1);
  return { sequences: evaluation.sequences * beams, beams, promptLength: evaluation.length, newTokens };
}

/** A language model whose weights are whole on every rank: sharded ones are gathered in ways nobody measured. */
function generatesAlone({ task, sharding, shape }: Workload): boolean {
  const isWhole =
    sharding.kind === 'none' || sharding.kind === 'ddp' || (sharding.kind === 'zero' && sharding.stage < 3);
  const kind = familyOf(shape)?.kind;
  return isWhole && ((task === 'causal-lm' && kind === 'decoder') || kind === 'encoder-decoder');
}
