import type { Workload } from '../workload.ts';

/** Deeper than any model. Every layer is walked, so that a slip of the keyboard may not ask for a billion of them. */
const MOST_LAYERS = 4096;
/** Wider, longer and larger than anything that runs. */
const MOST = 1e9;

/** The number that no run has, in words; undefined where all are within reason. */
export function implausibleNumber(workload: Workload): string | undefined {
  const { shape, pipeline, sharding } = workload;
  if (shape.layers > MOST_LAYERS) return `${shape.layers} layers`;
  const numbers: readonly (readonly [what: string, value: number])[] = [
    ['a micro batch', workload.microBatch],
    ['gradient accumulation', workload.gradientAccumulation],
    ['a sequence length', workload.sequenceLength],
    ['a target length', workload.targetLength ?? 1],
    ['an evaluation batch', workload.evaluation?.sequences ?? 1],
    ['an evaluation length', workload.evaluation?.length ?? 1],
    ['a generation batch', workload.generation?.sequences ?? 1],
    ['generated tokens', workload.generation?.newTokens ?? 1],
    ['an image size', workload.imageSize ?? 1],
    ['tensor parallelism', workload.tensorParallel],
    ['context parallelism', workload.contextParallel],
    ['pipeline stages', pipeline.stages],
    ['expert parallelism', workload.expertParallel],
    ['an adapter rank', workload.lora?.rank ?? 1],
    ['an optimizer rank', workload.optimizerRank ?? 1],
    ['ranks', 'degree' in sharding ? sharding.degree : 1],
    // Image models known by their counts alone have no width.
    ['a hidden size', shape.hiddenSize === 0 && shape.family === 'convnet' ? 1 : shape.hiddenSize],
    ['attention heads', shape.heads === 0 && shape.family === 'convnet' ? 1 : shape.heads],
  ];
  const wrong = numbers.find(([, value]) => !(value > 0 && value <= MOST));
  return wrong === undefined ? undefined : `${wrong[0]} of ${wrong[1]}`;
}
