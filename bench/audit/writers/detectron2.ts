import { byWord, type ConfigWriter } from '../config-writer.ts';

/** Detectron2's yacs YAML of a Faster R-CNN; the batch counts all GPUs. */
export const DETECTRON2: ConfigWriter = {
  framework: 'detectron2',
  file: 'faster_rcnn.yaml',
  methods: ['detection'],
  frame: () => ({
    'MODEL.META_ARCHITECTURE': 'GeneralizedRCNN',
    'MODEL.WEIGHTS': 'detectron2://ImageNetPretrained/MSRA/R-50.pkl',
    'MODEL.RESNETS.DEPTH': 50,
    'SOLVER.MAX_ITER': 90_000,
    'SOLVER.STEPS': [60_000, 80_000],
  }),
  says: {
    'adapter.kind': () => ({}),
    'batch.global': 'SOLVER.IMS_PER_BATCH',
    'batch.micro': () => ({}),
    'batch.gradientAccumulation': (accumulation) => (accumulation === 1 ? {} : undefined),
    // Its own trainer knows SGD alone.
    'optimizer.name': byWord('SOLVER.NESTEROV', { sgd_momentum: false }),
    'optimizer.peakLearningRate': 'SOLVER.BASE_LR',
    'optimizer.weightDecay': 'SOLVER.WEIGHT_DECAY',
    'schedule.warmupSteps': 'SOLVER.WARMUP_ITERS',
  },
};
