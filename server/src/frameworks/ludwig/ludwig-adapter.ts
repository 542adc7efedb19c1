import schema from '../../../../schemas/ludwig.schema.json' with { type: 'json' };
import type { Objective, PlanFields } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import type { Around, JsonSchema, KeyTable } from '../types.ts';
import { settleEncoder } from './settle-encoder.ts';

const TRAINER = 'ludwig: ludwig/schema/trainer.py';
const PEFT = 'ludwig: ludwig/schema/llms/peft.py';

const count = { read: positive, write: (to: number) => to };
const plain = { read: castNumber, write: (to: number) => to };
const isLlm = (around: Around): boolean => around.get('model_type') === 'llm';
const isEcd = (around: Around): boolean => (around.get('model_type') ?? 'ecd') === 'ecd';
const hasLora = (around: Around): boolean => around.get('adapter.type') === 'lora' || around.get('adapter') === 'lora';

/** A default of each kind of model. */
const byModel = (llm: number, ecd: number) =>
  byDefault((around: Around) => (isLlm(around) ? llm : isEcd(around) ? ecd : undefined), TRAINER);

function adapterKind(value: ConfigValue): PlanFields['adapter.kind'] | undefined {
  if (typeof value !== 'string') return undefined;
  return value === 'lora' ? 'lora' : 'other';
}

const KEYS: KeyTable = {
  'trainer.batch_size': key('batch.micro', {
    ...count,
    default: byDefault((around: Around) => (isLlm(around) ? 1 : undefined), TRAINER),
  }),
  'trainer.gradient_accumulation_steps': key('batch.gradientAccumulation', {
    ...count,
    default: byDefault(1, TRAINER),
  }),
  'trainer.eval_batch_size': key('batch.eval', count),
  'trainer.learning_rate': key('optimizer.peakLearningRate', { ...plain, default: byModel(2e-4, 1e-3) }),
  'trainer.optimizer.type': key('optimizer.name', { default: byDefault(defaultOptimizer, TRAINER) }),
  'trainer.optimizer.weight_decay': key('optimizer.weightDecay', plain),
  'trainer.epochs': key('schedule.epochs', { ...count, default: byModel(3, 100) }),
  'trainer.train_steps': key('schedule.totalSteps', count),
  'trainer.learning_rate_scheduler.warmup_fraction': key('schedule.warmupRatio', plain),
  'trainer.learning_rate_scheduler.decay': key('schedule.kind', {
    read: (value) => (typeof value === 'string' ? value : undefined),
  }),
  'trainer.gradient_clipping.clipglobalnorm': key('optimizer.maxGradNorm', plain),
  'trainer.steps_per_checkpoint': key('schedule.saveSteps', count),
  'trainer.enable_gradient_checkpointing': key('activations.checkpointing', {
    read: (value) => (value === true ? 'full' : value === false ? 'none' : undefined),
    write: (to) => (to === 'full' ? true : to === 'none' ? false : undefined),
  }),
  'trainer.beta': key('preference.beta', plain),
  // Encoders and combiners are named by feature.
  base_model: key('model.name', { when: (around) => isLlm(around) || around.has('base_model') }),
  'preprocessing.global_max_sequence_length': key('data.sequenceLength', count),
  'preprocessing.text.max_sequence_length': key('data.sequenceLength', count),
  'adapter.type': key('adapter.kind', { read: adapterKind }),
  adapter: key('adapter.kind', { read: adapterKind }),
  'adapter.r': key('adapter.rank', {
    ...count,
    default: byDefault((around: Around) => (hasLora(around) ? 8 : undefined), PEFT),
  }),
  'adapter.alpha': key('adapter.alpha', {
    ...plain,
    default: byDefault(
      (around: Around) => (hasLora(around) ? 2 * (positive(around.get('adapter.r') ?? 8) ?? 8) : undefined),
      PEFT,
    ),
  }),
  'adapter.dropout': key('adapter.dropout', {
    ...plain,
    default: byDefault((around: Around) => (hasLora(around) ? 0.05 : undefined), PEFT),
  }),
  'quantization.bits': key(
    'adapter.quantization',
    oneOf<PlanFields['adapter.quantization']>([
      [4, 'nf4'],
      [8, 'int8'],
    ]),
  ),
};

function defaultOptimizer(around: Around): string | undefined {
  return isEcd(around) ? 'adam' : undefined;
}

/** Ludwig's declarative configs: features in, features out, and a trainer. */
export const ludwigAdapter = defineAdapter({
  id: 'ludwig',
  title: 'Ludwig',
  loaders: { yaml: 'pyyaml', json: 'json' },
  recognise: (input) =>
    weigh(input, [
      { key: 'input_features', weight: 45 },
      { key: 'output_features', weight: 45 },
      { key: 'trainer', weight: 10 },
    ]),
  keys: KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  settle: settleLudwig,
});

const OBJECTIVES: Readonly<Record<string, Objective>> = {
  finetune: 'sft',
  dpo: 'dpo',
  kto: 'kto',
  orpo: 'orpo',
  grpo: 'grpo',
};

function settleLudwig(draft: Draft): void {
  const { builder, around } = draft;
  builder.assume('batch.unit', isLlm(around) ? 'sequences' : 'samples', TRAINER);
  settleEncoder(draft);
  if (isEcd(around)) builder.assume('adapter.kind', around.has('adapter') ? 'other' : 'none', TRAINER);
  if (!isLlm(around)) return;
  builder.assume('run.task', 'causal-lm', TRAINER);
  builder.assume('run.fromScratch', false, TRAINER);
  const objective = OBJECTIVES[String(around.get('trainer.type') ?? '')];
  if (objective !== undefined) builder.assume('run.objective', objective, TRAINER);
  if (!around.has('adapter')) builder.assume('adapter.kind', 'none', PEFT);
  builder.assume('adapter.quantization', 'none', 'ludwig: ludwig/schema/llms/quantization.py');
  if (builder.value('adapter.quantization') === 'nf4')
    builder.assume('adapter.doubleQuantization', true, 'ludwig: ludwig/schema/llms/quantization.py');
  if (builder.value('adapter.quantization') !== 'none')
    builder.assume('adapter.upcastsUnquantized', true, 'ludwig: ludwig/models/llm.py (prepare_for_quantized_training)');
}
