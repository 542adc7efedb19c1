import { memoized } from './memoized.ts';
import type { StepModel } from './step-model.ts';
import { compile } from './tape/compile.ts';
import type { CompiledProgram } from './tape/compiled-program.ts';
import type { KeptOps } from './tape/kept-ops.ts';
import type { Program } from './tape/tape.ts';
import type { Workload } from './workload.ts';

/** A step's programs as traces, for one way of treating parameter gradients. */
export interface CompiledModel {
  readonly model: StepModel;
  readonly embedding: CompiledProgram;
  readonly layers: readonly CompiledLayer[];
  readonly head: CompiledProgram;
}

export interface CompiledLayer {
  /** Forward that keeps what backward needs, and backward. */
  readonly full: CompiledProgram;
  /** Forward that keeps nothing, where the layer is checkpointed. */
  readonly firstPass: CompiledProgram | undefined;
}

/** `keepsGradients`: gradients wait for the optimizer; else each is consumed as it arrives. */
export function compileModel(model: StepModel, keepsGradients: boolean): CompiledModel {
  const saves = model.workload.inference === undefined;
  const kept = keptOpsOf(model.workload);
  const full = memoized((program: Program) => compile(program, { saves, keepsGradients }));
  const firstPass = memoized((program: Program) => compile(program, { saves: false, keepsGradients, ...kept }));
  const secondPass =
    kept.kept === undefined
      ? full
      : memoized((program: Program) => compile(program, { saves, keepsGradients, ...kept }));
  return {
    model,
    embedding: full(model.embedding),
    layers: model.layers.map(({ program, checkpointed }) => ({
      full: checkpointed ? secondPass(program) : full(program),
      firstPass: checkpointed ? firstPass(program) : undefined,
    })),
    head: full(model.head),
  };
}

function keptOpsOf({ checkpointing, kept }: Workload): { readonly kept?: KeptOps } {
  if (checkpointing !== 'selective' || kept === 'layers') return {};
  return { kept };
}

/** The same step of another micro batch, with each program exchanged. */
export function mapModel(
  { model, embedding, layers, head }: CompiledModel,
  workload: Workload,
  change: (program: CompiledProgram) => CompiledProgram,
): CompiledModel {
  return {
    model: { ...model, workload },
    embedding: change(embedding),
    layers: layers.map(({ full, firstPass }) => ({
      full: change(full),
      firstPass: firstPass === undefined ? undefined : change(firstPass),
    })),
    head: change(head),
  };
}
