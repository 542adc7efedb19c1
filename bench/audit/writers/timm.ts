import { byWord, type ConfigWriter } from '../config-writer.ts';

/** The `args.yaml` of timm's train.py. */
export const TIMM: ConfigWriter = {
  framework: 'timm',
  file: 'args.yaml',
  methods: ['image-classification'],
  frame: () => ({
    model: 'resnet50',
    pretrained: false,
    sched: 'step',
    decay_epochs: 30,
    reprob: 0,
    aa: null,
    smoothing: 0,
    warmup_epochs: 5,
  }),
  says: {
    'adapter.kind': () => ({}),
    'batch.micro': 'batch_size',
    'batch.gradientAccumulation': 'grad_accum_steps',
    'optimizer.name': byWord('opt', { sgd_momentum: 'sgd', adamw_torch: 'adamw', lars: 'lars' }),
    'optimizer.peakLearningRate': 'lr',
    'optimizer.weightDecay': 'weight_decay',
    'optimizer.emaDecay': (decay) => ({ model_ema: true, model_ema_decay: decay }),
    'schedule.epochs': 'epochs',
    'model.batchNorm': byWord('sync_bn', { sync: true, batch: false }),
  },
  follows: ['batch.global', 'parallel.data'],
};
