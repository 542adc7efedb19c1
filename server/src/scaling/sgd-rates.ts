import type { Task } from '../plan/index.ts';

/** The peak rate per image of a step that SGD with momentum 0.9 is published with; it grows linearly with the batch. */
export interface SgdRate {
  readonly task: Task;
  readonly perImage: number;
  readonly source: string;
}

export const SGD_RATES: readonly SgdRate[] = [
  { task: 'image-classification', perImage: 0.1 / 256, source: 'Goyal et al. 2017, arXiv 1706.02677' },
  { task: 'detection', perImage: 0.02 / 16, source: 'detectron2: configs/Base-RCNN-FPN.yaml' },
];
