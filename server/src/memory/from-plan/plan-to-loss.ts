import type { PlanValues } from '../../plan/index.ts';
import type { Workload } from '../workload.ts';
import { textsOf } from './plan-to-lengths.ts';

/** How the loss is computed. */
export function lossOf(values: PlanValues): Workload['loss'] {
  const loss = {
    kernel: lossKernelOf(values),
    chunks: values['loss.chunks']?.value ?? null,
    ...(values['loss.upcastsLogits']?.value === false ? { asComputed: true as const } : {}),
  };
  return values['loss.logProbabilities'] === undefined ? loss : { ...loss, statesLogProbabilities: true };
}

/** Megatron has a cross-entropy of its own that writes over the logits. */
function lossKernelOf(values: PlanValues): Workload['loss']['kernel'] {
  const stated = values['loss.kernel']?.value ?? 'plain';
  if (stated !== 'plain') return stated;
  if (values['run.objective']?.value === 'distillation')
    return values['sharding.engine']?.value === 'jax' ? 'distilled-fused' : 'distilled';
  return rowKernelOf(values) ?? (values['sharding.engine']?.value === 'megatron' ? 'in-place' : 'plain');
}

/** trl takes rows of 16-bit logits, and a logsumexp of fp32 ones, which accelerate makes under mixed precision. */
function rowKernelOf(values: PlanValues): Workload['loss']['kernel'] | undefined {
  const stated = values['loss.logProbabilities']?.value;
  if (stated === 'rows' || stated === 'logsumexp') return stated;
  if (stated === 'in-place') return 'over-logits';
  if (stated !== 'selective') return undefined;
  if ((values['precision.autocast']?.value ?? 'off') !== 'off') return 'upcast-logsumexp';
  return values['precision.weights']?.value === 'fp32' ? 'logsumexp' : 'rows';
}

/**
 * Every anchor against every other text of the batch, or of all ranks' batches. A cached loss takes the anchors of one
 * mini-batch at a time, while no text's activations are kept.
 */
export function similarityOf(values: PlanValues): Pick<Workload, 'similarity'> {
  const micro = values['batch.micro']?.value;
  if (values['run.task']?.value !== 'contrastive' || micro === undefined) return {};
  const ranks = values['contrastive.gathered']?.value === true ? (values['parallel.data']?.value ?? 1) : 1;
  const columns = micro * ranks * Math.max(1, textsOf(values) - 1);
  const isSigmoid = (values['contrastive.loss']?.value ?? '').toLowerCase().includes('sig');
  const cached = values['contrastive.cachedMicro']?.value;
  const rows = cached === undefined ? micro : 0;
  return { similarity: { rows, columns, kind: isSigmoid ? 'sigmoid' : 'softmax' } };
}
