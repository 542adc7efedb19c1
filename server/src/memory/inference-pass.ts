import type { Device } from './device.ts';
import { chooseSharding } from './sharding/choose-sharding.ts';
import { DTYPE_BYTES } from './tape/dtype.ts';
import { prepareTraining } from './training.ts';
import type { EvaluationWorkload, Workload } from './workload.ts';

/** Runs a pass without gradients on a device that holds the training's lasting state already. */
export type InferencePass = (device: Device) => void;

/** Sampling by the model itself, which runs before a step; undefined where the plan has none or no program is known. */
export function generationPass(workload: Workload): InferencePass | undefined {
  const { generation } = workload;
  if (generation === undefined) return undefined;
  const { sequences, beams, promptLength } = generation;
  // An encoder reads each prompt once; a decoder runs it for every beam.
  const prompts = workload.task === 'seq2seq-lm' ? sequences / beams : sequences;
  return forwardPass({ ...alone(workload), ...size(prompts, promptLength), generation, inference: 'generation' });
}

/** Evaluation, which runs after the optimizer's step: states are there, gradients are not. */
export function evaluationPass(workload: Workload): InferencePass | undefined {
  const { evaluation } = workload;
  if (evaluation === undefined) return undefined;
  const { sequences, length, wholeLogits, keptBatches } = evaluation;
  const isSplit = workload.loss.kernel === 'fused' || workload.loss.kernel === 'chunked';
  const loss = wholeLogits && isSplit ? { ...workload.loss, kernel: 'plain' as const } : workload.loss;
  const forward = forwardPass({ ...alone(workload), ...size(sequences, length), loss, inference: 'evaluation' });
  if (forward === undefined || keptBatches === 0) return forward;
  return (device) => keepLogits(device, forward, { batches: keptBatches, bytes: keptBytes(workload, evaluation) });
}

type PassSize = Pick<Workload, 'microBatch' | 'sequenceLength'>;

function size(microBatch: number, sequenceLength: number): PassSize {
  return { microBatch, sequenceLength };
}

/** The workload without what only training does, nor the similarities of a training batch. */
function alone({
  evaluation: _evaluation,
  generation: _generation,
  similarity: _similarity,
  ...workload
}: Workload): Workload {
  return { ...workload, checkpointing: 'none', activationOffload: false, lossTokens: null };
}

function forwardPass(workload: Workload): InferencePass | undefined {
  const training = prepareTraining(workload);
  if (training === undefined) return undefined;
  const { tensors } = training;
  const step = training.compile(false);
  return (device) => {
    device.phase(workload.inference ?? 'evaluation');
    step.run(device, { tensors, sharding: chooseSharding(device, training, false), keepsGradients: false });
  };
}

interface Kept {
  readonly batches: number;
  /** One batch's logits as they are kept. */
  readonly bytes: number;
}

/**
 * Each batch's logits are concatenated to those before, so that both are there twice for a moment; the batch before is
 * still held by its own name while the next one runs (transformers: trainer.py, evaluation_loop).
 */
function keepLogits(device: Device, forward: InferencePass, { batches, bytes }: Kept): void {
  device.phase('evaluation');
  const kept = device.allocate((batches - 1) * bytes, 'logits and loss');
  const named = device.allocate(batches > 2 ? bytes : 0, 'logits and loss');
  forward(device);
  device.release(named);
  const last = device.allocate(bytes, 'logits and loss');
  const joined = device.allocate(batches > 1 ? batches * bytes : 0, 'logits and loss');
  for (const one of [kept, last, joined]) device.release(one);
}

/** Logits for every token; accelerate makes them fp32 wherever autocast is on. */
function keptBytes({ shape, task, autocast, weights }: Workload, { sequences, length }: EvaluationWorkload): number {
  const bytes = autocast === null ? DTYPE_BYTES[weights] : DTYPE_BYTES.fp32;
  const classes = task === 'classification' || task === 'image' ? 0 : shape.vocabSize;
  return sequences * length * classes * bytes;
}
