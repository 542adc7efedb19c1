import type { FieldName, PlanFields } from '../../plan/index.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { type Sign, weigh } from '../kit/evidence.ts';
import { HYDRA_DEFAULTS } from '../kit/hydra-defaults.ts';
import { LIGHTNING_KEYS } from './lightning-keys.ts';
import { precisionOf } from './trainer-values.ts';

const AMP = 'lightning: src/lightning/pytorch/plugins/precision/amp.py';
const PARALLEL = 'lightning: src/lightning/pytorch/strategies/parallel.py';
const DEEPSPEED = 'lightning: src/lightning/pytorch/strategies/deepspeed.py';
const FSDP = 'lightning: src/lightning/pytorch/strategies/fsdp.py';

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';

const SIGNS: readonly Sign[] = [
  { key: 'seed_everything', weight: 30 },
  { key: 'trainer', value: isMap, weight: 10 },
  { key: 'trainer.accelerator', weight: 15 },
  { key: 'trainer._target_', value: (value) => /lightning/i.test(String(value)), weight: 55 },
  { key: 'trainer.max_epochs', weight: 5 },
  { key: 'trainer.accumulate_grad_batches', weight: 5 },
  { key: 'model.class_path', value: isText, weight: 25 },
  { key: 'data.class_path', value: isText, weight: 25 },
  { key: 'optimizer.class_path', value: isText, weight: 10 },
  // NeMo and others start the same trainer and say more of themselves.
  { key: 'exp_manager', weight: -60 },
  { key: 'model.train_ds', weight: -40 },
  { key: 'model.optim.sched', weight: -40 },
  { key: 'model.base_learning_rate', weight: -60 },
];

/** Configs of PyTorch Lightning's command line, and Hydra configs that make its Trainer: modules are the user's own. */
export const lightningAdapter = defineAdapter({
  id: 'lightning',
  title: 'PyTorch Lightning',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) => weigh(input, SIGNS),
  keys: LIGHTNING_KEYS,
  inherits: HYDRA_DEFAULTS,
  settle,
});

/** Dtypes, how ranks share the work, and what the trainer leaves at one. */
function settle(draft: Draft): void {
  const { builder } = draft;
  for (const degree of ['parallel.tensor', 'parallel.pipeline', 'parallel.context', 'parallel.ulysses'] as const)
    builder.assume(degree, 1, PARALLEL);
  builder.assume('batch.unit', 'samples', PARALLEL);
  settleStrategy(draft);
  settleDtypes(draft);
}

/** `strategy` by its registered name, or by its class. */
function settleStrategy({ builder, around, locate }: Draft): void {
  const stated = around.get('trainer.strategy.class_path') ?? around.get('trainer.strategy._target_');
  const strategy = String(stated ?? around.get('trainer.strategy') ?? 'auto').toLowerCase();
  const at = locate('trainer.strategy');
  const say = <F extends FieldName>(field: F, value: PlanFields[F]): void => {
    if (at !== undefined) builder.state(field, { value, origin: 'explicit', at });
  };
  if (/ddp/.test(strategy)) say('sharding.engine', 'ddp');
  else if (/fsdp/.test(strategy)) {
    say('sharding.engine', 'fsdp1');
    builder.assume('sharding.zeroStage', 3, FSDP);
    // Only a model under DDP skips the reduction of its earlier micro-steps.
    builder.assume('sharding.defersReduction', false, PARALLEL);
  } else if (/deepspeed/.test(strategy)) {
    say('sharding.engine', 'deepspeed');
    const stage = /stage_([123])/.exec(strategy)?.[1];
    if (stage === '1' || stage === '2' || stage === '3') say('sharding.zeroStage', Number(stage) as 1 | 2 | 3);
    else builder.assume('sharding.zeroStage', 2, DEEPSPEED);
    const device = /offload/.test(strategy) ? 'cpu' : 'none';
    builder.assume('sharding.offloadOptimizer', device, DEEPSPEED);
    builder.assume('sharding.offloadParameters', stage === '3' ? device : 'none', DEEPSPEED);
  }
}

function settleDtypes({ builder, around }: Draft): void {
  const precision = precisionOf(around);
  if (precision === undefined) return;
  const { compute, mixed } = precision;
  const weights = mixed ? 'fp32' : compute;
  builder.assumeAll(
    {
      'precision.weights': weights,
      'precision.compute': compute,
      'precision.autocast': mixed ? compute : 'off',
      'precision.master': 'none',
      'precision.gradients': weights,
      'precision.lossScaling': compute === 'fp16' && mixed,
    },
    AMP,
  );
}
