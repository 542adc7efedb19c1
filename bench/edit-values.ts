import type { FieldName } from '../server/src/engine/index.ts';
import { FIELD_VALUE_TYPE } from '../server/src/frameworks/kit/field-value-type.ts';
import type { PlanFields } from '../server/src/plan/index.ts';

type Value = PlanFields[FieldName];

/**
 * Values somebody might change a field to: for enumerated fields each other value, for numbers two that keep to the
 * field's range. None where the field's own value is of no known kind.
 */
export function otherValues(field: FieldName, current: Value | undefined): readonly Value[] {
  const words: readonly Value[] | undefined = WORDS[field];
  if (words !== undefined) return words.filter((word) => !sameValue(word, current));
  switch (FIELD_VALUE_TYPE[field]) {
    case 'boolean':
      return [current !== true];
    case 'number':
      return otherNumbers(field, typeof current === 'number' ? current : undefined);
    case 'list':
      return [['embed_tokens'], ['embed_tokens', 'lm_head']].filter((list) => !sameValue(list, current));
    case 'string':
      return ['tried-in-the-bench'];
    default:
      return [];
  }
}

/** Numbers are alike within what a ratio loses to rounding; lists by their items. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number')
    return one === other || Math.abs(one - other) <= 1e-9 * Math.max(Math.abs(one), Math.abs(other));
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function otherNumbers(field: FieldName, current: number | undefined): readonly number[] {
  if (RATES.has(field)) return current === undefined || current === 0 ? [1e-4, 3e-5] : [current * 2, current / 4];
  if (SHARES.has(field)) {
    const base = current === undefined || current <= 0 || current > 1 ? 0.1 : current;
    return [base / 2, (base + 1) / 2].filter((share) => share !== current);
  }
  const base = current === undefined ? (USUAL_NUMBERS[field] ?? 3) : Math.floor(current);
  return [base + 1, (base > 0 ? base : 1) * 2].filter((number, index, all) => all.indexOf(number) === index);
}

const RATES: ReadonlySet<FieldName> = new Set<FieldName>([
  'optimizer.peakLearningRate',
  'optimizer.weightDecay',
  'optimizer.epsilon',
  'optimizer.maxGradNorm',
  'schedule.minLearningRate',
  'reference.baseLearningRate',
  'moe.balanceLoss',
  'rollout.klCoefficient',
  'preference.beta',
  'contrastive.temperature',
]);

const SHARES: ReadonlySet<FieldName> = new Set<FieldName>([
  'optimizer.beta1',
  'optimizer.beta2',
  'optimizer.momentum',
  'optimizer.emaDecay',
  'schedule.warmupRatio',
  'schedule.minRatio',
  'adapter.dropout',
  'adapter.trainableShare',
  'loss.labelSmoothing',
  'rollout.memoryShare',
  'rollout.clipRange',
]);

const USUAL_NUMBERS: { readonly [F in FieldName]?: number } = {
  'data.sequenceLength': 4095,
  'schedule.totalSteps': 999,
  'schedule.warmupSteps': 99,
  'schedule.evalSteps': 99,
  'schedule.saveSteps': 99,
  'schedule.totalTokens': 1_000_000_000,
  'batch.microTokens': 8191,
  'batch.tokensPerStep': 65_536,
};

const DTYPES = ['fp32', 'bf16', 'fp16', 'fp8'] as const;
const OFFLOADS = ['none', 'cpu', 'nvme'] as const;
const CADENCES = ['no', 'steps', 'epoch', 'best'] as const;

/** Every value of the enumerated fields, and names that frameworks know for fields that hold names. */
const WORDS: { readonly [F in FieldName]?: readonly PlanFields[F][] } = {
  'run.task': [
    'causal-lm',
    'masked-lm',
    'seq2seq',
    'classification',
    'image-classification',
    'vision-language',
    'contrastive',
    'self-supervised-vision',
    'detection',
    'diffusion',
    'gan',
    'speech',
    'reinforcement-learning',
  ],
  'run.objective': [
    'pretraining',
    'sft',
    'dpo',
    'kto',
    'orpo',
    'simpo',
    'ipo',
    'reward',
    'ppo',
    'grpo',
    'rloo',
    'distillation',
    'embedding',
    'other',
  ],
  'model.name': ['org/some-model-3b'],
  'model.attention': ['eager', 'sdpa', 'flash', 'flex', 'xformers'],
  'model.batchNorm': ['batch', 'sync', 'none'],
  'batch.unit': [
    'sequences',
    'images',
    'tokens',
    'completions',
    'prompts',
    'pairs',
    'samples',
    'seconds',
    'transitions',
  ],
  'optimizer.name': ['adamw', 'sgd', 'adafactor', 'adamw_torch_fused', 'adamw_bnb_8bit', 'lion', 'muon'],
  'optimizer.stateDtype': DTYPES,
  'optimizer.mup': [true, false],
  'schedule.kind': ['cosine', 'linear', 'constant', 'constant_with_warmup', 'wsd'],
  'schedule.evalCadence': CADENCES,
  'schedule.saveCadence': CADENCES,
  'precision.weights': DTYPES,
  'precision.compute': DTYPES,
  'precision.autocast': [...DTYPES, 'off'],
  'precision.master': ['fp32', 'none'],
  'precision.gradients': DTYPES,
  'precision.reduce': DTYPES,
  'adapter.kind': ['none', 'lora', 'dora', 'oft', 'other'],
  'adapter.targets': ['all-linear', ['q_proj', 'v_proj'], ['q_proj']],
  'adapter.dtype': DTYPES,
  'adapter.quantization': ['none', 'nf4', 'fp4', 'int8', 'int4', 'fp8', 'mxfp4'],
  'activations.checkpointing': ['none', 'full', 'selective'],
  'loss.kernel': ['plain', 'chunked', 'fused'],
  'sharding.engine': ['none', 'ddp', 'deepspeed', 'fsdp1', 'fsdp2', 'megatron', 'jax'],
  'sharding.zeroStage': [0, 1, 2, 3],
  'sharding.offloadOptimizer': OFFLOADS,
  'sharding.offloadParameters': OFFLOADS,
  'hardware.gpu': ['h100-sxm', 'A100'],
  'rollout.algorithm': ['grpo', 'ppo', 'rloo'],
  'rollout.engine': ['vllm', 'sglang', 'hf'],
  'moe.balanceScope': ['micro', 'sequence', 'global'],
  'reference.scalingRule': ['linear', 'sqrt', 'none'],
};
