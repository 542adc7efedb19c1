import type { PlanValues } from '../plan/index.ts';

/** Methods whose learning rates are comparable with each other. */
export type TrainingMethod =
  | 'pretraining'
  | 'continued-pretraining'
  | 'full-sft'
  | 'lora-sft'
  | 'full-preference'
  | 'lora-preference'
  | 'full-rl'
  | 'lora-rl'
  | 'reward-model'
  | 'encoder-fine-tuning'
  | 'control-rl'
  | 'self-supervised-vision'
  | 'image-classification'
  | 'detection';

/** Preference losses that start from a finished fine-tune. ORPO is left out: its loss holds the fine-tuning term. */
const PREFERENCE_OBJECTIVES: ReadonlySet<string> = new Set(['dpo', 'kto', 'ipo', 'simpo']);
const RL_OBJECTIVES: ReadonlySet<string> = new Set(['ppo', 'grpo', 'rloo']);

/** Encoder models are fine-tuned on these tasks. */
const ENCODER_TASKS: ReadonlySet<string> = new Set(['classification', 'masked-lm']);

/** The method of a plan, or undefined where its parts are unknown or of a kind without published bands. */
export function trainingMethod(values: PlanValues): TrainingMethod | undefined {
  const task = values['run.task']?.value;
  const objective = values['run.objective']?.value;
  if (objective === 'reward') return 'reward-model';
  if (task === 'reinforcement-learning') return 'control-rl';
  if (task === 'self-supervised-vision') return 'self-supervised-vision';
  if (task === 'detection') return 'detection';
  // Fine-tunes of classifiers and heads on frozen features have rates of their own.
  if (task === 'image-classification' && values['run.fromScratch']?.value === true) return 'image-classification';
  if (task === 'vision-language' || task === 'causal-lm') return languageMethod(values, objective);
  if (task !== undefined && ENCODER_TASKS.has(task) && isFineTune(values)) return 'encoder-fine-tuning';
  return undefined;
}

function languageMethod(values: PlanValues, objective: string | undefined): TrainingMethod | undefined {
  const adapter = values['adapter.kind']?.value;
  if (objective === 'pretraining') {
    const fromScratch = values['run.fromScratch']?.value;
    if (adapter !== undefined && adapter !== 'none') return undefined;
    if (fromScratch === undefined) return undefined;
    return fromScratch ? 'pretraining' : 'continued-pretraining';
  }
  const isLora = adapter === 'lora' || adapter === 'dora';
  if (!isLora && !isFullFineTune(values)) return undefined;
  if (objective === 'sft') return isLora ? 'lora-sft' : 'full-sft';
  if (objective !== undefined && PREFERENCE_OBJECTIVES.has(objective)) {
    return isLora ? 'lora-preference' : 'full-preference';
  }
  if (objective !== undefined && RL_OBJECTIVES.has(objective)) return isLora ? 'lora-rl' : 'full-rl';
  return undefined;
}

/** Optimizers that train every weight a block of layers at a time, at the rates of a full fine-tune (arXiv 2404.02827). */
const BLOCKWISE: ReadonlySet<string> = new Set(['badam']);

/** All weights train: no adapter, and no part frozen for good. */
function isFullFineTune(values: PlanValues): boolean {
  if (BLOCKWISE.has(values['optimizer.name']?.value ?? '')) return true;
  if (values['adapter.kind']?.value !== 'none') return false;
  const share = values['adapter.trainableShare']?.value;
  return share === undefined || share >= 1;
}

function isFineTune(values: PlanValues): boolean {
  return values['run.fromScratch']?.value === false && isFullFineTune(values);
}
