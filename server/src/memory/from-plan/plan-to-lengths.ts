import type { Objective, PlanValues } from '../../plan/index.ts';

/** Objectives that run the better and the worse answer of a pair in one pass (trl: trl/trainer/dpo_trainer.py, concatenated_forward). */
const PAIRED: ReadonlySet<Objective> = new Set(['dpo', 'ipo', 'orpo', 'simpo', 'reward']);

/** Tokens of one row that a pass runs. */
export function lengthOf(values: PlanValues): number | undefined {
  return filledByTokens(values)?.length ?? longestOf(values);
}

/**
 * A pass that is filled up to a number of tokens instead of one of sequences (fairseq: data/data_utils.py,
 * batch_by_size; verl: utils/seqlen_balancing.py): as many rows of the longest sequence as it holds, which share all of
 * its tokens. Undefined where nothing but the number of sequences limits it.
 */
export function filledByTokens(values: PlanValues): { readonly rows: number; readonly length: number } | undefined {
  const tokens = values['batch.microTokens']?.value;
  const longest = longestOf(values);
  if (tokens === undefined || longest === undefined) return undefined;
  const micro = values['batch.micro']?.value;
  if (micro !== undefined && micro * sequencesPerExample(values) * longest <= tokens) return undefined;
  const rows = Math.max(1, Math.round(tokens / longest));
  return { rows, length: Math.floor(tokens / rows) };
}

/** Tokens of the longest sequence: as stated, else the longest prompt with the longest completion. */
function longestOf(values: PlanValues): number | undefined {
  const stated = values['data.sequenceLength']?.value;
  if (stated !== undefined) return stated;
  const prompt = values['rollout.promptLength']?.value;
  const completion = values['rollout.completionLength']?.value;
  return prompt === undefined || completion === undefined ? undefined : prompt + completion;
}

/** Tokens of a sequence whose logits the loss needs; null where it needs all of them. */
export function lossTokensOf(values: PlanValues): number | null {
  const completion = values['rollout.completionLength']?.value;
  if (values['loss.completionLogits']?.value !== true || completion === undefined) return null;
  if (filledByTokens(values) !== undefined) return null;
  const length = lengthOf(values);
  return length !== undefined && completion < length ? completion : null;
}

/**
 * Sequences that one pass runs: the micro batch, or its cached part where gradients come from one after the other
 * (sentence-transformers: losses/CachedMultipleNegativesRankingLoss.py).
 */
export function sequencesOf(values: PlanValues): number {
  const filled = filledByTokens(values);
  if (filled !== undefined) return filled.rows;
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
  if (filledByTokens(values) !== undefined) return stated;
  const micro = (values['batch.micro']?.value ?? 1) * sequencesPerExample(values);
  return sequencesOf(values) < micro ? Math.max(2, stated) : stated;
}
