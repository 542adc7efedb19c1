import type { Objective, PlanValues } from '../plan/index.ts';

/** Objectives that run the better and the worse answer of a pair in one pass (trl: trl/trainer/dpo_trainer.py, concatenated_forward). */
const PAIRED: ReadonlySet<Objective> = new Set(['dpo', 'ipo', 'orpo', 'simpo', 'reward']);

/** Objectives that ask the model for the completion's logits alone (trl: trl/trainer/grpo_trainer.py, logits_to_keep). */
const COMPLETION_LOGITS: ReadonlySet<Objective> = new Set(['grpo', 'rloo']);

/** Tokens of one sequence: as stated, else the longest prompt with the longest completion. */
export function lengthOf(values: PlanValues): number | undefined {
  const stated = values['data.sequenceLength']?.value;
  if (stated !== undefined) return stated;
  const prompt = values['rollout.promptLength']?.value;
  const completion = values['rollout.completionLength']?.value;
  return prompt === undefined || completion === undefined ? undefined : prompt + completion;
}

/** Tokens of a sequence whose logits the loss needs; null where it needs all of them. */
export function lossTokensOf(values: PlanValues): number | null {
  const objective = values['run.objective']?.value;
  const completion = values['rollout.completionLength']?.value;
  if (objective === undefined || !COMPLETION_LOGITS.has(objective) || completion === undefined) return null;
  const length = lengthOf(values);
  return length !== undefined && completion < length ? completion : null;
}

/**
 * Sequences that one pass runs: the micro batch, or its cached part where gradients come from one after the other
 * (sentence-transformers: losses/CachedMultipleNegativesRankingLoss.py).
 */
export function sequencesOf(values: PlanValues): number {
  const micro = (values['batch.micro']?.value ?? 1) * sequencesPerExample(values);
  const cached = values['contrastive.cachedMicro']?.value;
  return values['run.task']?.value === 'contrastive' && cached !== undefined ? Math.min(micro, cached) : micro;
}

/** Sequences one unit of the micro batch runs: two where it is a pair of answers or texts. */
export function sequencesPerExample(values: PlanValues): number {
  const objective = values['run.objective']?.value;
  if (values['run.task']?.value === 'contrastive') return textsOf(values);
  const isPair = values['batch.unit']?.value === 'pairs';
  return isPair && objective !== undefined && PAIRED.has(objective) ? 2 : 1;
}

/** Texts of one row of a contrastive run: a pair unless told. Each has a graph of its own, and all wait for the loss. */
export function textsOf(values: PlanValues): number {
  return values['contrastive.texts']?.value ?? 2;
}

/** A cached loss runs backward once a mini-batch, so from the second on the gradients of the first are there. */
export function accumulationOf(values: PlanValues, stated: number): number {
  const micro = (values['batch.micro']?.value ?? 1) * sequencesPerExample(values);
  return sequencesOf(values) < micro ? Math.max(2, stated) : stated;
}
