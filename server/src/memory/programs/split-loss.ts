import { DTYPE_BYTES } from '../tape/dtype.ts';
import type { Tape, Value } from '../tape/tape.ts';
import { computeDtype, trains } from '../tape/tape-context.ts';
import { headWeight, headWidth } from './head-weight.ts';
import type { HeadRequest } from './heads.ts';

/** torchtune: modules/loss/ce_chunked_output_loss.py, num_output_chunks. */
const DEFAULT_CHUNKS = 8;

/** Logits whole, but upcast and differentiated a chunk of the sequence at a time. */
export function chunkedLoss(tape: Tape, logits: Value, request: HeadRequest): Value {
  const chunks = request.loss.chunks ?? DEFAULT_CHUNKS;
  const chunkBytes = (logits.elements * 4) / chunks;
  return tape.inTerm('logits and loss', () =>
    tape.call((hold) => {
      hold(logits);
      const logProbabilities = tape.op({
        kind: 'log softmax',
        inputs: [logits],
        elements: logits.elements,
        dtype: 'fp32',
        forwardScratch: chunkBytes,
      });
      tape.saveWithLast(logProbabilities);
      // The log-probabilities' own gradient exists a chunk at a time.
      return tape.op({
        kind: 'chunked nll',
        inputs: [logits],
        elements: 1,
        dtype: 'fp32',
        saves: [logProbabilities],
        backwardScratch: 2 * chunkBytes,
      });
    }),
  );
}

/** fp32 blocks of one chunk's logits that live at once: their upcast, the log-probabilities, and the gradient of those. */
const CHUNK_BLOCKS = { forward: 2, backward: 3 };

/** Head and loss of one chunk of the tokens after the other, each made again in backward (torch.utils.checkpoint around them). */
export function checkpointedLoss(tape: Tape, input: Value, request: HeadRequest, chunks: number): Value {
  const { shape, context } = request;
  const width = headWidth(request);
  const weight = headWeight(request);
  const block = (4 * (input.elements / width) * shape.vocabSize * context.vocabularyShare) / chunks;
  const castBytes = weight.elements * DTYPE_BYTES[computeDtype(context)];
  // From the second chunk on the weight's gradient is there, and each further one is made beside it when the blocks are gone.
  const gradientBytes = trains(context, 'lm_head') ? castBytes : 0;
  const ownCast = context.autocast !== null && context.weights === 'fp32' ? castBytes : 0;
  return tape.inTerm('logits and loss', () =>
    tape.op({
      kind: 'checkpointed loss',
      inputs: [input],
      elements: 1,
      dtype: 'fp32',
      saves: [input],
      parameters: [weight],
      weightGradientFirst: true,
      forwardScratch: CHUNK_BLOCKS.forward * block + ownCast,
      backwardScratch: Math.max(CHUNK_BLOCKS.backward * block, block + gradientBytes + ownCast),
    }),
  );
}

/**
 * Head and loss in one kernel (Liger-Kernel: ops/fused_linear_cross_entropy.py): logits exist a chunk at a time, and
 * forward already leaves the gradients of the hidden states and of the head's weight. Beside the
 * latter a chunk's own product lives for a moment, with an fp32 copy of it or casts of the weight.
 */
export function fusedLoss(tape: Tape, input: Value, request: HeadRequest): Value {
  const { shape, context } = request;
  const width = headWidth(request);
  const rows = input.elements / width;
  const chunkRows = Math.min(rows, nextPowerOfTwo(Math.ceil(rows / Math.ceil(shape.vocabSize / width))));
  const weight = headWeight(request);
  const trainsHead = trains(context, 'lm_head') && context.inference !== true;
  const scratch =
    chunkRows * shape.vocabSize * DTYPE_BYTES[input.dtype] + (trainsHead ? weight.elements * FUSED_HEAD_BYTES : 0);
  const parameters = trainsHead ? [weight] : [];
  return tape.inTerm('logits and loss', () => {
    const gradient = tape.op({
      kind: 'fused loss',
      inputs: [input],
      elements: input.elements,
      dtype: input.dtype,
      forwardScratch: scratch,
      sharesGradient: 'all',
      parameters,
    });
    tape.saveWithLast(gradient);
    if (trainsHead) {
      // The weight's gradient waits here until backward hands it over.
      const waiting = tape.op({
        kind: 'head gradient',
        inputs: [gradient],
        elements: weight.elements,
        dtype: context.weights,
      });
      tape.saveWithLast(waiting);
    }
    return tape.op({ kind: 'loss', inputs: [gradient], elements: 1, dtype: 'fp32' });
  });
}

/**
 * Bytes of each of the head's weights that live in a chunk of the fused loss: the gradient, the chunk's product and its
 * fp32 copy for 16-bit weights; the gradient and two casts for fp32 weights under autocast.
 */
const FUSED_HEAD_BYTES = 8;

function nextPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, value)));
}
