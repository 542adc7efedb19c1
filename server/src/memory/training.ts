import { compileModel } from './compiled-model.ts';
import type { Allocation, Device } from './device.ts';
import { runMicroStep } from './micro-step.ts';
import { listSeq2SeqTensors, listTensors, type ModelTensors } from './model-tensors.ts';
import type { PipelineStage } from './partition.ts';
import type { MicroStepOptions } from './program-runner.ts';
import type { Family } from './programs/families.ts';
import { buildSeq2SeqModel } from './seq2seq-model.ts';
import { compileSeq2Seq, runSeq2SeqStep } from './seq2seq-step.ts';
import { buildStepModel } from './step-model.ts';
import type { Program } from './tape/tape.ts';
import type { Workload } from './workload.ts';

/** A model ready to be trained on any device, whatever its architecture. */
export interface Training {
  readonly workload: Workload;
  readonly family: Family;
  readonly tensors: ModelTensors;
  /** The layers in order, which sharding treats one by one. */
  readonly layers: readonly Program[];
  /** A micro-step; compiled once for each way of treating gradients. */
  readonly prepare: (keepsGradients: boolean) => MicroStepRun;
}

export type MicroStepRun = (device: Device, options: MicroStepOptions) => readonly Allocation[];

/** Undefined where the architecture is none the tape knows. */
export function prepareTraining(workload: Workload, stage?: PipelineStage): Training | undefined {
  const seq2seq = buildSeq2SeqModel(workload);
  if (seq2seq !== undefined) {
    const prepare = (keepsGradients: boolean): MicroStepRun => {
      const compiled = compileSeq2Seq(seq2seq, keepsGradients);
      return (device, options) => runSeq2SeqStep(device, compiled, options);
    };
    const layers = [...seq2seq.encoder.blocks, ...seq2seq.decoder.blocks];
    return { workload, family: seq2seq.family, tensors: listSeq2SeqTensors(seq2seq), layers, prepare };
  }
  const model = buildStepModel(workload, stage);
  if (model === undefined) return undefined;
  const prepare = (keepsGradients: boolean): MicroStepRun => {
    const compiled = compileModel(model, keepsGradients);
    return (device, options) => runMicroStep(device, compiled, options);
  };
  const layers = model.layers.map(({ program }) => program);
  return { workload, family: model.family, tensors: listTensors(model), layers, prepare };
}
