import { compileModel, mapModel } from './compiled-model.ts';
import type { Allocation, Device } from './device.ts';
import { runMicroStep } from './micro-step.ts';
import { type ModelState, modelState } from './model-state.ts';
import { listSeq2SeqTensors, listTensors, type ModelTensors } from './model-tensors.ts';
import type { PipelineStage } from './partition.ts';
import type { MicroStepOptions } from './program-runner.ts';
import type { Family } from './programs/families.ts';
import { buildSeq2SeqModel } from './seq2seq-model.ts';
import { compileSeq2Seq, mapSeq2Seq, runSeq2SeqStep } from './seq2seq-step.ts';
import { type ShardUnits, shardUnits } from './sharding/shard-units.ts';
import { buildStepModel } from './step-model.ts';
import type { CompiledProgram } from './tape/compiled-program.ts';
import type { Program } from './tape/tape.ts';
import type { Workload } from './workload.ts';

/** A model ready to be trained on any device, whatever its architecture. */
export interface Training {
  readonly workload: Workload;
  readonly family: Family;
  readonly tensors: ModelTensors;
  /** The layers in order, which sharding treats one by one. */
  readonly layers: readonly Program[];
  /** What outlives a step. */
  readonly state: () => ModelState;
  /** What FSDP gathers and reduces as one; undefined without it. */
  readonly units: () => ShardUnits | undefined;
  /** A micro-step's programs; compiled once for each way of treating gradients. */
  readonly compile: (keepsGradients: boolean) => CompiledStep;
}

/** A micro-step whose programs are compiled. */
export interface CompiledStep {
  /** Returns the gradients that stay, where the device knows them one by one. */
  run(device: Device, options: MicroStepOptions): readonly Allocation[];
  /** The same step of another micro batch, with each program exchanged. */
  map(workload: Workload, change: (program: CompiledProgram) => CompiledProgram): CompiledStep;
}

/** Undefined where the architecture is none the tape knows. */
export function prepareTraining(workload: Workload, stage?: PipelineStage): Training | undefined {
  const seq2seq = buildSeq2SeqModel(workload);
  if (seq2seq !== undefined) {
    const layers = [...seq2seq.encoder.blocks, ...seq2seq.decoder.blocks];
    const compile = (keepsGradients: boolean) =>
      compiledStep(compileSeq2Seq(seq2seq, keepsGradients), runSeq2SeqStep, mapSeq2Seq);
    return training({ workload, family: seq2seq.family, tensors: listSeq2SeqTensors(seq2seq), layers, compile });
  }
  const model = buildStepModel(workload, stage);
  if (model === undefined) return undefined;
  const layers = model.layers.map(({ program }) => program);
  const compile = (keepsGradients: boolean) =>
    compiledStep(compileModel(model, keepsGradients), runMicroStep, mapModel);
  return training({ workload, family: model.family, tensors: listTensors(model), layers, compile });
}

/** State and units are reckoned when first asked for, once for all trainings that share them. */
function training(parts: Omit<Training, 'state' | 'units'>): Training {
  return {
    ...parts,
    state: once(() => modelState(parts.workload, parts.tensors)),
    units: once(() => shardUnits(parts)),
  };
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}

function compiledStep<Compiled>(
  compiled: Compiled,
  run: (device: Device, compiled: Compiled, options: MicroStepOptions) => readonly Allocation[],
  map: (compiled: Compiled, workload: Workload, change: (program: CompiledProgram) => CompiledProgram) => Compiled,
): CompiledStep {
  return {
    run: (device, options) => run(device, compiled, options),
    map: (workload, change) => compiledStep(map(compiled, workload, change), run, map),
  };
}
