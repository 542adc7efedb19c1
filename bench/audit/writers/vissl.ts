import type { ConfigWriter } from '../config-writer.ts';
import type { WrittenRun } from '../written-run.ts';
import type { Entries } from '../yaml-text.ts';

const OPTIMIZER = 'config.OPTIMIZER';
const RATES = `${OPTIMIZER}.param_schedulers.lr`;
const TRUNK = 'config.MODEL.TRUNK';

/** VISSL's YAML of a pretraining without labels. */
export const VISSL: ConfigWriter = {
  framework: 'vissl',
  file: 'pretrain.yaml',
  methods: ['self-supervised-vision'],
  frame: (run) => ({
    'config.DATA.TRAIN.DATA_SOURCES': ['disk_folder'],
    'config.DATA.TRAIN.TRANSFORMS': [{ name: 'RandomResizedCrop', size: 224 }],
    'config.DATA.TRAIN.DROP_LAST': true,
    ...trunk(run),
    'config.MODEL.SYNC_BN_CONFIG.CONVERT_BN_TO_SYNC_BN': true,
    'config.LOSS.name': 'simclr_info_nce_loss',
    'config.LOSS.simclr_info_nce_loss.temperature': 0.1,
    'config.DISTRIBUTED.NUM_NODES': 1,
    'config.DISTRIBUTED.NUM_PROC_PER_NODE': run.ranks,
  }),
  says: {
    'batch.micro': 'config.DATA.TRAIN.BATCHSIZE_PER_REPLICA',
    'batch.gradientAccumulation': (accumulation) => (accumulation === 1 ? {} : undefined),
    'optimizer.name': (name) => optimizers(name),
    'optimizer.peakLearningRate': (rate) => ({
      [`${RATES}.name`]: 'cosine',
      [`${RATES}.start_value`]: rate,
      [`${RATES}.end_value`]: 0,
    }),
    'optimizer.weightDecay': `${OPTIMIZER}.weight_decay`,
    'schedule.epochs': `${OPTIMIZER}.num_epochs`,
  },
  follows: ['batch.global', 'parallel.data'],
};

function optimizers(name: string): Entries | undefined {
  if (name === 'adamw_torch') return { [`${OPTIMIZER}.name`]: 'adamw' };
  if (name === 'lars') return { [`${OPTIMIZER}.name`]: 'sgd', [`${OPTIMIZER}.use_larc`]: true };
  return name === 'sgd_momentum' ? { [`${OPTIMIZER}.name`]: 'sgd' } : undefined;
}

function trunk({ recipe }: WrittenRun): Entries {
  if (!recipe.id.includes('vit')) return { [`${TRUNK}.NAME`]: 'resnet', [`${TRUNK}.RESNETS.DEPTH`]: 50 };
  return {
    [`${TRUNK}.NAME`]: 'vision_transformer',
    [`${TRUNK}.VISION_TRANSFORMERS.IMAGE_SIZE`]: 224,
    [`${TRUNK}.VISION_TRANSFORMERS.NUM_LAYERS`]: 24,
    [`${TRUNK}.VISION_TRANSFORMERS.NUM_HEADS`]: 16,
    [`${TRUNK}.VISION_TRANSFORMERS.HIDDEN_DIM`]: 1024,
    [`${TRUNK}.VISION_TRANSFORMERS.MLP_DIM`]: 4096,
  };
}
