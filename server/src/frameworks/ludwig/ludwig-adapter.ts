import schema from '../../../../schemas/ludwig.schema.json' with { type: 'json' };
import type { Objective, PlanFields } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import { byDefault, castNumber, key, oneOf, positive } from '../kit/key.ts';
import { pairElement } from '../kit/pair-element.ts';
import type { Around, JsonSchema, KeyTable } from '../types.ts';
import { settleEncoder } from './settle-encoder.ts';

const TRAINER = 'ludwig: ludwig/schema/trainer.py';
const OPTIMIZERS = 'ludwig: ludwig/schema/optimizers.py';
const PEFT = 'ludwig: ludwig/schema/llms/peft.py';

const count = { read: positive, write: (to: number) => to };
const plain = { read: castNumber, write: (to: number) => to };
const isLlm = (around: Around): boolean => around.get('model_type') === 'llm';
const isEcd = (around: Around): boolean => (around.get('model_type') ?? 'ecd') === 'ecd';
const hasLora = (around: Around): boolean => around.get('adapter.type') === 'lora' || around.get('adapter') === 'lora';

const OBJECTIVES: Readonly<Record<string, Objective>> = {
  finetune: 'sft',
  dpo: 'dpo',
  kto: 'kto',
  orpo: 'orpo',
  grpo: 'grpo',
};

function objectiveOf(around: Around): Objective | undefined {
  return isLlm(around) ? OBJECTIVES[String(around.get('trainer.type') ?? '')] : undefined;
}

/** Language models are tuned by classes that inherit the defaults of the other trainer. */
const trains = (around: Around): boolean => isEcd(around) || objectiveOf(around) !== undefined;

function inherited<T>(value: T, cite: string = TRAINER) {
  return byDefault((around: Around) => (trains(around) ? value : undefined), cite);
}

const usesAdam = (around: Around): boolean => /^adamw?$/.test(String(around.get('trainer.optimizer.type') ?? 'adam'));

/** Adam's own arguments; its weight decay is none where AdamW's is PyTorch's. */
function adam(value: number, of?: 0 | 1) {
  return {
    ...plain,
    ...(of === undefined ? {} : pairElement('trainer.optimizer.betas', of)),
    default: byDefault((around: Around) => (trains(around) && usesAdam(around) ? value : undefined), OPTIMIZERS),
  };
}

function ofGrpo(value: number) {
  return { when: (around: Around) => objectiveOf(around) === 'grpo', default: byDefault(value, TRAINER) };
}

/** A temperature is read under its trainer's name; `beta` alone is dropped with a warning. */
function beta(objective: Objective) {
  return key('preference.beta', {
    ...plain,
    when: (around: Around) => objectiveOf(around) === objective,
    default: byDefault(0.1, TRAINER),
  });
}

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
  'trainer.eval_batch_size': key('batch.eval', {
    ...count,
    default: byDefault((around: Around) => (objectiveOf(around) === undefined ? undefined : 2), TRAINER),
  }),
  'trainer.learning_rate': key('optimizer.peakLearningRate', { ...plain, default: inherited(1e-3) }),
  'trainer.optimizer.type': key('optimizer.name', { default: inherited('adam') }),
  'trainer.optimizer.betas': [key('optimizer.beta1', adam(0.9, 0)), key('optimizer.beta2', adam(0.999, 1))],
  'trainer.optimizer.eps': key('optimizer.epsilon', adam(1e-8)),
  'trainer.optimizer.weight_decay': key('optimizer.weightDecay', {
    ...plain,
    default: byDefault(
      (around: Around) =>
        trains(around) && (around.get('trainer.optimizer.type') ?? 'adam') === 'adam' ? 0 : undefined,
      OPTIMIZERS,
    ),
  }),
  // Steps decide where both are given.
  'trainer.epochs': key('schedule.epochs', {
    ...count,
    default: inherited(100),
    when: (around) => (around.get('trainer.train_steps') ?? null) === null,
  }),
  'trainer.train_steps': key('schedule.totalSteps', count),
  'trainer.learning_rate_scheduler.warmup_fraction': key('schedule.warmupRatio', plain),
  'trainer.learning_rate_scheduler.decay': key('schedule.kind', {
    read: (value) => (typeof value === 'string' ? value : undefined),
    default: byDefault(
      (around: Around) =>
        trains(around) && (around.get('trainer.learning_rate_scheduler.decay') ?? null) === null
          ? 'constant'
          : undefined,
      'ludwig: ludwig/schema/lr_scheduler.py',
    ),
  }),
  'trainer.gradient_clipping.clipglobalnorm': key('optimizer.maxGradNorm', {
    ...plain,
    default: byDefault(
      (around: Around) =>
        trains(around) && !(around.has('trainer.gradient_clipping') && around.get('trainer.gradient_clipping') === null)
          ? 0.5
          : undefined,
      OPTIMIZERS,
    ),
  }),
  'trainer.steps_per_checkpoint': key('schedule.saveSteps', count),
  'trainer.enable_gradient_checkpointing': key('activations.checkpointing', {
    read: (value) => (value === true ? 'full' : value === false ? 'none' : undefined),
    write: (to) => (to === 'full' ? true : to === 'none' ? false : undefined),
  }),
  'trainer.dpo_beta': beta('dpo'),
  'trainer.kto_beta': beta('kto'),
  'trainer.orpo_beta': beta('orpo'),
  'trainer.grpo_beta': key('rollout.klCoefficient', { ...plain, ...ofGrpo(0.04) }),
  'trainer.grpo_epsilon': key('rollout.clipRange', { ...plain, ...ofGrpo(0.2) }),
  'trainer.grpo_num_generations': key('rollout.generations', { ...count, ...ofGrpo(4) }),
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

function settleLudwig(draft: Draft): void {
  const { builder, around } = draft;
  const objective = objectiveOf(around);
  const pairs = objective === 'dpo' || objective === 'orpo';
  builder.assume('batch.unit', pairs ? 'pairs' : isLlm(around) ? 'sequences' : 'samples', TRAINER);
  settleEncoder(draft);
  if (isEcd(around)) builder.assume('adapter.kind', around.has('adapter') ? 'other' : 'none', TRAINER);
  if (!isLlm(around)) return;
  builder.assume('run.task', 'causal-lm', TRAINER);
  builder.assume('run.fromScratch', false, TRAINER);
  if (objective !== undefined) builder.assume('run.objective', objective, TRAINER);
  if (!around.has('adapter')) builder.assume('adapter.kind', 'none', PEFT);
  builder.assume('adapter.quantization', 'none', 'ludwig: ludwig/schema/llms/quantization.py');
  if (builder.value('adapter.quantization') === 'nf4')
    builder.assume('adapter.doubleQuantization', true, 'ludwig: ludwig/schema/llms/quantization.py');
  if (builder.value('adapter.quantization') !== 'none')
    builder.assume('adapter.upcastsUnquantized', true, 'ludwig: ludwig/models/llm.py (prepare_for_quantized_training)');
}
