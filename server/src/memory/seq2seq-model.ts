import { type Family, familyOf } from './programs/families.ts';
import { vocabularyLoss } from './programs/heads.ts';
import { extraNumber } from './programs/layer-request.ts';
import { hasPositionBias, type T5BlockRequest, t5Block } from './programs/t5-block.ts';
import { tapeContext } from './step-model.ts';
import { dropout, scale, toAutocast } from './tape/elementwise.ts';
import { fuse } from './tape/fuse.ts';
import { rmsNorm } from './tape/norm.ts';
import { type Program, Tape } from './tape/tape.ts';
import { type TapeContext, trains } from './tape/tape-context.ts';
import type { Dtype, Workload } from './workload.ts';

/** The programs of one training step of an encoder-decoder. */
export interface Seq2SeqModel {
  readonly workload: Workload;
  readonly family: Family;
  readonly context: TapeContext;
  readonly encoder: Stack;
  readonly decoder: Stack;
  readonly head: Program;
  readonly tied: boolean;
}

export interface Stack {
  readonly length: number;
  readonly embedding: Program;
  readonly blocks: readonly Program[];
  readonly finalNorm: Program;
}

export function buildSeq2SeqModel(workload: Workload): Seq2SeqModel | undefined {
  const family = familyOf(workload.shape);
  if (family?.kind !== 'encoder-decoder') return undefined;
  const context = tapeContext(workload, family.biased);
  const { shape } = workload;
  const targetLength = workload.targetLength ?? workload.sequenceLength;
  const builder = { workload, family, context };
  const encoder = buildStack(builder, {
    length: workload.sequenceLength,
    blocks: shape.layers,
    encoderLength: undefined,
  });
  const decoder = buildStack(builder, {
    length: targetLength,
    blocks: extraNumber(shape, 'decoder_layers') ?? shape.layers,
    encoderLength: workload.sequenceLength,
  });
  // transformers 5 ties T5's head to the table whatever the config says (measured on flan-t5 and mT5).
  const tied = shape.tiedEmbeddings || hasPositionBias(shape);
  const head = buildHead(builder, { length: targetLength, input: decoder.finalNorm.output.dtype, tied });
  return { workload, family, context, encoder, decoder, head, tied };
}

interface Builder {
  readonly workload: Workload;
  readonly family: Family;
  readonly context: TapeContext;
}

interface StackRequest {
  readonly length: number;
  readonly blocks: number;
  readonly encoderLength: number | undefined;
}

function buildStack({ workload, family, context }: Builder, stack: StackRequest): Stack {
  const { shape, microBatch } = workload;
  const elements = microBatch * stack.length * shape.hiddenSize;
  const embedding = buildEmbedding(context, elements, family.dropout);
  const request: Omit<T5BlockRequest, 'input'> = {
    shape,
    context,
    batch: microBatch,
    length: stack.length,
    encoderLength: stack.encoderLength,
    dropout: family.dropout,
  };
  const compiled =
    workload.compiles === 'nothing' ? (program: Program) => program : (program: Program) => fuse(program);
  const programs = new Map<Dtype, Program>();
  let input = embedding.output.dtype;
  const blocks = Array.from({ length: stack.blocks }, () => {
    const program = programs.get(input) ?? compiled(t5Block({ ...request, input }));
    programs.set(input, program);
    input = program.output.dtype;
    return program;
  });
  return {
    length: stack.length,
    embedding,
    blocks,
    finalNorm: buildFinalNorm(context, { elements, input, shape }, family.dropout),
  };
}

function buildEmbedding(context: TapeContext, elements: number, probability: number): Program {
  const tape = new Tape(context);
  const rows = tape.op({ kind: 'embedding', inputs: [], elements, dtype: context.weights });
  rows.needsGradient = trains(context, 'embed_tokens');
  return tape.finish(dropout(tape, rows, probability));
}

function buildFinalNorm(
  context: TapeContext,
  stream: { readonly elements: number; readonly input: Dtype; readonly shape: Workload['shape'] },
  probability: number,
): Program {
  const tape = new Tape(context);
  const x = tape.input(stream.elements, stream.input);
  return tape.finish(dropout(tape, rmsNorm(tape, x, stream.shape.hiddenSize, 't5'), probability));
}

function buildHead(
  { workload, context }: Builder,
  head: { readonly length: number; readonly input: Dtype; readonly tied: boolean },
): Program {
  const { shape, microBatch } = workload;
  const tape = new Tape(context);
  const x = tape.input(microBatch * head.length * shape.hiddenSize, head.input);
  return tape.finish(
    tape.call((hold) => {
      const input = toAutocast(tape, hold(scale(tape, x)));
      return tape.inTerm('logits and loss', () => vocabularyLoss(tape, input, { shape, context, tied: head.tied }));
    }),
  );
}
