import type { Allocation, Device, Frame } from './device.ts';
import type { ModelTensors } from './model-tensors.ts';
import type { Sharding } from './sharding/sharding.ts';
import type { CompiledProgram } from './tape/compiled-program.ts';

/** What a micro-step runs with beside its programs. */
export interface MicroStepOptions {
  readonly tensors: ModelTensors;
  readonly sharding: Sharding;
  /** Gradients of this micro-step wait for the optimizer. */
  readonly keepsGradients: boolean;
}

/** Runs programs forward and backward on a device, and minds what lives between them: casts and gradients. */
export class ProgramRunner {
  readonly device: Device;
  readonly #options: MicroStepOptions;
  readonly #gradients: Allocation[] = [];
  /** Frames whose autocast casts are still cached. */
  #underAutocast: Frame[] = [];

  constructor(device: Device, options: MicroStepOptions) {
    this.device = device;
    this.#options = options;
  }

  /** Runs a whole forward whose input stands in the frame already. */
  forward(frame: Frame): Frame {
    for (const [part, trace] of frame.program.forward.entries()) {
      if (part > 0) this.leaveAutocast();
      this.device.run(frame, trace);
    }
    this.#underAutocast.push(frame);
    return frame;
  }

  leaveAutocast(): void {
    for (const frame of this.#underAutocast) this.device.run(frame, frame.program.leaveAutocast);
    this.#underAutocast = [];
  }

  /** Replays a checkpointed forward, now keeping what backward needs. What its first pass kept is not made again. */
  recompute(program: CompiledProgram, first: Frame): Frame {
    const frame = this.device.open(program);
    for (const slot of first.program.savedSlots) this.device.handOver(first, slot, frame, slot);
    for (const trace of program.forward) this.device.run(frame, trace);
    this.device.releaseSlot(frame, outputSlot(frame));
    this.device.run(frame, program.leaveAutocast);
    return frame;
  }

  /** Starts a backward from a scalar loss. */
  backwardFromLoss(head: Frame): void {
    this.device.allocateSlot(head, head.program.outputGradient);
    this.backward(head);
    this.device.releaseSlot(head, outputSlot(head));
  }

  backward(frame: Frame): void {
    this.device.run(frame, frame.program.backward);
    if (this.#options.sharding.reducesGradients) return;
    this.#gradients.push(...this.device.takeAll(frame, frame.program.parameterGradients));
  }

  /** The gradient of one program's input becomes that of the output it was. */
  passGradient(from: Frame, to: Frame, input = 0): void {
    const gradient = from.program.inputGradients[input];
    if (gradient !== undefined) this.device.handOver(from, gradient, to, to.program.outputGradient);
  }

  dropInputGradient(frame: Frame, input = 0): void {
    const gradient = frame.program.inputGradients[input];
    if (gradient !== undefined) this.device.releaseSlot(frame, gradient);
  }

  /** Keeps the tied head's gradient as that of the one table. */
  keepTied(head: Frame, slot: number): void {
    if (this.#options.keepsGradients) this.#gradients.push(...this.device.takeAll(head, [slot]));
    else this.device.releaseSlot(head, slot);
  }

  keep(gradient: Allocation): void {
    if (this.#options.keepsGradients) this.#gradients.push(gradient);
    else this.device.release(gradient);
  }

  /** The gradients that wait for the optimizer, where the device knows them one by one. */
  takeGradients(): readonly Allocation[] {
    return this.#gradients.splice(0);
  }
}

export function outputSlot(frame: Frame): number {
  return frame.program.program.output.id;
}

export function inputSlot(frame: Frame): number {
  return frame.program.program.inputs[0]?.id ?? 0;
}
