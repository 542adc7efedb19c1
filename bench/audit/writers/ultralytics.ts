import { byWord, type ConfigWriter } from '../config-writer.ts';

/** The `args.yaml` of an Ultralytics run, whose batch counts all GPUs and is filled up to `nbs` by accumulation. */
export const ULTRALYTICS: ConfigWriter = {
  framework: 'ultralytics',
  file: 'args.yaml',
  methods: ['detection'],
  frame: ({ ranks }) => ({
    task: 'detect',
    mode: 'train',
    model: 'yolov8n.pt',
    data: 'coco8.yaml',
    imgsz: 640,
    device: Array.from({ length: ranks }, (_, rank) => rank).join(','),
  }),
  says: {
    'adapter.kind': () => ({}),
    'batch.global': (images) => ({ batch: images, nbs: images }),
    'batch.micro': () => ({}),
    'batch.gradientAccumulation': (accumulation) => (accumulation === 1 ? {} : undefined),
    'optimizer.name': byWord('optimizer', { sgd_momentum: 'SGD', adamw_torch: 'AdamW' }),
    'optimizer.peakLearningRate': 'lr0',
    'optimizer.weightDecay': 'weight_decay',
    'schedule.epochs': 'epochs',
    // It counts its warmup in epochs.
    'schedule.warmupSteps': () => ({}),
  },
};
