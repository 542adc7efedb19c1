import { findOptimizer } from '../../facts/index.ts';
import type { Allocation, Device } from '../device.ts';
import { bytesOf } from '../model-tensors.ts';
import { type OptimizerCost, optimizerCost, stepScratchBytes } from '../optimizer-cost.ts';
import type { Parameter } from '../tape/parameter.ts';
import type { Workload } from '../workload.ts';

/** Elements one block of torch's multi-tensor norm covers: one fp32 partial sum each (pytorch: ForeachReduceOp.cu). */
const NORM_CHUNK_ELEMENTS = 65536;
/** A fused optimizer keeps its step count on the device, four bytes a parameter (pytorch: torch/optim/adamw.py). */
const STEP_COUNT_BYTES = 4;

/** The optimizer's part of each step, one parameter at a time as torch runs it. */
export class OptimizerRun {
  readonly #device: Device;
  readonly #workload: Workload;
  readonly #cost: OptimizerCost;
  /** Matrices first, then norms and biases: the Trainer's two parameter groups. */
  readonly #groups: readonly (readonly Parameter[])[];
  readonly #trainable: readonly Parameter[];

  constructor(device: Device, workload: Workload, tensors: readonly Parameter[]) {
    this.#device = device;
    this.#workload = workload;
    this.#cost = optimizerCost(workload);
    this.#trainable = tensors.filter((tensor) => tensor.trainable);
    this.#groups = [true, false].map((matrices) => this.#trainable.filter(({ matrix }) => matrix === matrices));
  }

  /** Adagrad makes its sums when it is built (pytorch: torch/optim/adagrad.py). */
  beforeTraining(): void {
    if (!this.#makesStatesAtOnce()) return;
    for (const parameter of this.#trainable) this.#makeStates(parameter);
  }

  step(isFirst: boolean): void {
    this.#clipGradients();
    const makesStates = isFirst && !this.#makesStatesAtOnce();
    for (const group of this.#groups) {
      const { temporaries } = this.#cost;
      if (temporaries.kind === 'largest-parameter' && this.#isHubAdafactor()) this.#oneByOne(group, makesStates);
      else if (temporaries.kind === 'largest-parameter' || temporaries.kind === 'largest-matrix-bf16')
        this.#inTurn(group, makesStates);
      else this.#allTogether(group, makesStates);
    }
  }

  #clipGradients(): void {
    if (this.#workload.maxGradNorm === 0) return;
    const largest = this.#trainable.reduce((most, { elements }) => Math.max(most, elements), 0);
    const partialSums = this.#trainable.length * Math.ceil(largest / NORM_CHUNK_ELEMENTS);
    this.#device.release(this.#device.allocate(4 * partialSums, 'temporaries'));
  }

  #allTogether(group: readonly Parameter[], makesStates: boolean): void {
    const { temporaries } = this.#cost;
    if (makesStates) for (const parameter of group) this.#makeStates(parameter);
    if (temporaries.kind !== 'all-parameters') return;
    if (this.#isSharded()) {
      for (const parameter of group) this.#twoCopies(parameter);
      return;
    }
    const scratch: Allocation[] = [];
    for (let copy = 0; copy < temporaries.copies; copy += 1)
      for (const parameter of group) scratch.push(this.#device.allocate(bytesOf(parameter), 'temporaries'));
    for (const allocation of scratch) this.#device.release(allocation);
  }

  /** DTensor parameters are stepped one by one (pytorch: torch/optim/optimizer.py, _foreach_supported_types). */
  #isSharded(): boolean {
    const { kind } = this.#workload.sharding;
    return kind === 'fsdp1' || kind === 'fsdp2';
  }

  #twoCopies(parameter: Parameter): void {
    const copies = [1, 2].map(() => this.#device.allocate(bytesOf(parameter), 'temporaries'));
    for (const copy of copies) this.#device.release(copy);
  }

  #isHubAdafactor(): boolean {
    return findOptimizer(this.#workload.optimizer)?.canonical === 'adafactor';
  }

  /** One parameter after the other, each with its own scratch. */
  #inTurn(group: readonly Parameter[], makesStates: boolean): void {
    for (const parameter of group) {
      if (makesStates) this.#makeStates(parameter);
      const bytes = stepScratchBytes(this.#cost, [{ ...parameter, copies: 1 }]);
      if (bytes > 0) this.#device.release(this.#device.allocate(bytes, 'temporaries'));
    }
  }

  /** transformers' Adafactor. Python rebinds its locals one after the other, so a parameter's copies overlap with those of the one before. */
  #oneByOne(group: readonly Parameter[], makesStates: boolean): void {
    const locals = new RebindableLocals(this.#device);
    for (const parameter of group) {
      const fp32Bytes = parameter.elements * 4;
      const isLow = parameter.dtype !== 'fp32';
      if (isLow) locals.bindAfterFree('gradient', fp32Bytes);
      if (makesStates) this.#makeStates(parameter);
      if (isLow) locals.bindAfterFree('weights', fp32Bytes);
      const squares = this.#device.allocate(fp32Bytes, 'temporaries');
      const update = this.#device.allocate(fp32Bytes, 'temporaries');
      this.#device.release(squares);
      locals.bind('update', update);
      locals.bind('update', this.#device.allocate(fp32Bytes, 'temporaries'));
      this.#device.release(this.#device.allocate(fp32Bytes, 'temporaries'));
    }
    locals.dropAll();
  }

  #makeStates(parameter: Parameter): void {
    if (this.#workload.optimizer.endsWith('_fused')) this.#device.allocate(STEP_COUNT_BYTES, 'optimizer states');
    if (this.#cost.onHost) return;
    for (const bytes of this.#cost.states(parameter)) this.#device.allocate(bytes, 'optimizer states');
  }

  #makesStatesAtOnce(): boolean {
    return this.#workload.optimizer === 'adagrad';
  }
}

/** Local variables of a Python function: binding a name frees what it held. */
class RebindableLocals {
  readonly #device: Device;
  readonly #held = new Map<string, Allocation>();

  constructor(device: Device) {
    this.#device = device;
  }

  bind(name: string, value: Allocation): void {
    this.#device.release(this.#held.get(name));
    this.#held.set(name, value);
  }

  bindAfterFree(name: string, bytes: number): void {
    this.#device.release(this.#held.get(name));
    this.#held.set(name, this.#device.allocate(bytes, 'temporaries'));
  }

  dropAll(): void {
    for (const value of this.#held.values()) this.#device.release(value);
    this.#held.clear();
  }
}
