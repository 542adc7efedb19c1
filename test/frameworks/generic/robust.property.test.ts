import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADAPTERS } from '../../../server/src/frameworks/index.ts';
import { parseText, withLoader } from '../../../server/src/text/index.ts';

/** Keys whose rows look at neighbours or into lists, under each framework's own prefix. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  'rl-zoo3': [
    'n_timesteps',
    'policy',
    'n_steps',
    'n_envs',
    'batch_size',
    'n_epochs',
    'learning_rate',
    'policy_kwargs',
    'model_class',
  ].map((key) => `Env-v1.${key}`),
  detectron2: [
    '_BASE_',
    'SOLVER.IMS_PER_BATCH',
    'SOLVER.BASE_LR',
    'SOLVER.REFERENCE_WORLD_SIZE',
    'SOLVER.MAX_ITER',
    'SOLVER.WARMUP_ITERS',
    'SOLVER.CLIP_GRADIENTS',
    'SOLVER.OPTIMIZER',
    'MODEL.WEIGHTS',
    'MODEL.RESNETS.NORM',
  ],
  vissl: [
    'DATA.TRAIN.BATCHSIZE_PER_REPLICA',
    'DATA.TRAIN.TRANSFORMS',
    'DISTRIBUTED.NUM_NODES',
    'OPTIMIZER.name',
    'OPTIMIZER.momentum',
    'OPTIMIZER.param_schedulers.lr.auto_lr_scaling.auto_scale',
    'OPTIMIZER.param_schedulers.lr.auto_lr_scaling.base_value',
    'OPTIMIZER.param_schedulers.lr.auto_lr_scaling.base_lr_batch_size',
    'OPTIMIZER.param_schedulers.lr.name',
    'OPTIMIZER.param_schedulers.lr.values',
    'OPTIMIZER.param_schedulers.lr.schedulers',
    'OPTIMIZER.param_schedulers.lr.lengths',
    'LOSS.name',
  ].map((key) => `config.${key}`),
  fairseq: [
    'optimization.lr',
    'optimization.update_freq',
    'optimization.max_update',
    'optimizer.adam_betas',
    'optimizer._name',
    'optimizer.groups',
    'lr_scheduler.phase_ratio',
    'lr_scheduler.total_num_update',
    'lr_scheduler.warmup_updates',
    'task',
    'task_group',
    'fairseq.optimization.lr',
  ],
  dinov2: [
    'train.batch_size_per_gpu',
    'train.OFFICIAL_EPOCH_LENGTH',
    'optim.epochs',
    'optim.warmup_epochs',
    'optim.base_lr',
    'student.arch',
    'compute_precision.student.backbone.sharding_strategy',
  ],
  ldm: [
    'data.params.batch_size',
    'lightning.trainer.gpus',
    'lightning.trainer.accumulate_grad_batches',
    'model.base_learning_rate',
    'model.target',
    'model.params.scheduler_config.params.warm_up_steps',
  ],
  'ai-toolkit': ['config.process', 'job'],
  ludwig: ['trainer.batch_size', 'trainer.epochs', 'adapter', 'model_type', 'quantization.bits', 'input_features'],
  ultralytics: ['batch', 'device', 'nbs', 'epochs', 'warmup_epochs', 'optimizer', 'imgsz', 'lr0', 'lrf', 'model'],
  timm: [
    'batch_size',
    'opt',
    'opt_betas',
    'lr',
    'lr_base',
    'lr_base_size',
    'lr_base_scale',
    'epochs',
    'warmup_epochs',
    'input_size',
  ],
  simpletuner: [
    'train_batch_size',
    '--train_batch_size',
    'use_ema',
    'ema_decay',
    'model_type',
    'lora_type',
    'lora_rank',
    'mixed_precision',
  ],
  generic: [
    'lr',
    'optimizer',
    'optimizer.type',
    'train.batch_size',
    'train.max_steps',
    'epochs',
    'warmup_steps',
    'precision',
    'model',
    'model.name',
  ],
};

const odd = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      null,
      true,
      false,
      '',
      'auto',
      'no',
      'lora',
      'sgd',
      'composite',
      0,
      -1,
      0.5,
      3,
      1e300,
      '1e-5',
      '(0.9,0.98)',
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom('type', 'name', 'train', 'lr', 'steps', 'default', 'start_value', 'size', '_name'),
      tie('value'),
      { maxKeys: 3 },
    ),
  ),
})).value;

describe('odd values under known keys', () => {
  it.each(Object.keys(PATHS))('never make %s throw, nor state a number that is none', (id) => {
    const adapter = ADAPTERS.find((one) => one.id === id);
    if (adapter === undefined) throw new Error(`no adapter ${id}`);
    const linked = { resolve: (_from: string, path: string) => ({ file: path, found: false }), open: () => undefined };
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...(PATHS[id] ?? [])), odd, { maxKeys: 8 }), (flat) => {
        const parsed = parseText('ppo.json', JSON.stringify(nested(flat)), 'json');
        const tree = withLoader(parsed, 'json');
        const evidence = adapter.recognise({ file: 'ppo.json', tree });
        expect(evidence === undefined || evidence.score <= 100).toBe(true);
        const numbers = adapter
          .read({ file: 'ppo.json', tree, linked })
          .plans.flatMap(({ plan }) => Object.values(plan.values).map((sourced) => sourced.value))
          .filter((value) => typeof value === 'number');
        expect(numbers.filter((value) => !Number.isFinite(value))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

/** `a.b: 1` as `{a: {b: 1}}`; what stands in the way of a longer path is replaced. */
function nested(flat: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [dotted, value] of Object.entries(flat)) {
    const steps = dotted.split('.');
    const last = steps.pop() ?? '';
    let map = root;
    for (const step of steps) {
      const next = map[step];
      const inner = isMap(next) ? next : {};
      map[step] = inner;
      map = inner;
    }
    map[last] = value;
  }
  return root;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
