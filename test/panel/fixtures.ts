import type { PanelDriver, PanelState, PanelSweepPoint } from '../../server/src/protocol/panel.ts';

const GIB = 2 ** 30;
const gib = (value: number) => Math.round(value * GIB);

const URI = 'file:///project/train.yaml';

function driver(label: string, value: string, line?: number): PanelDriver {
  if (line === undefined) return { field: label, label, value, origin: 'default (axolotl: training.py)' };
  const place = { uri: URI, line, character: 0, endLine: line, endCharacter: label.length };
  return { field: label, label, value, origin: 'written in the file', place };
}

const micro = driver('micro_batch_size', '10', 4);
const sequence = driver('sequence_len', '4096', 2);

function sweepPoint(microBatch: number): PanelSweepPoint {
  const expected = 13.7 + 7 * microBatch;
  return {
    microBatch,
    lowBytes: gib(expected),
    expectedBytes: gib(expected),
    highBytes: gib(expected * 1.05 + 0.7),
  };
}

/** A full fine-tune that asks for more than its GPU gives. */
export const exceeding: PanelState = {
  uri: URI,
  version: 3,
  fileName: 'train.yaml',
  framework: 'Axolotl',
  plans: ['main'],
  plan: 'main',
  summary: 'full fine-tune · Llama-3.1-8B, 8.03B parameters',
  hardware: { label: 'H100 80GB × 8', origin: 'from batchwise.json', known: true },
  batch: '640 sequences · 2.6M tokens a step',
  missing: [],
  memory: {
    verdict: 'exceeds',
    lowBytes: gib(83.1),
    expectedBytes: gib(83.7),
    highBytes: gib(88.4),
    capacityBytes: gib(79.1),
    terms: [
      {
        name: 'logits and loss',
        bytes: gib(58.7),
        atPeak: true,
        drivers: [micro, sequence, driver('vocabulary', '128256')],
      },
      { name: 'activations', bytes: gib(10.6), atPeak: true, drivers: [micro, sequence] },
      {
        name: 'optimizer states',
        bytes: gib(7.5),
        atPeak: true,
        drivers: [driver('optimizer', 'adamw_torch_fused', 6)],
      },
      {
        name: 'weights',
        bytes: gib(3.7),
        atPeak: true,
        drivers: [driver('base_model', 'Llama-3.1-8B', 0), driver('fsdp', 'full_shard', 9)],
      },
      { name: 'gathered layers', bytes: gib(2.4), atPeak: true, drivers: [driver('fsdp_config', 'full_shard', 10)] },
      { name: 'context', bytes: gib(0.8), atPeak: true, drivers: [driver('GPU', 'H100 80GB')] },
      { name: 'gradients', bytes: gib(3.7), atPeak: false, drivers: [driver('fsdp', 'full_shard', 9)] },
    ],
    phases: [
      { name: 'forward', startBytes: gib(13), peakBytes: gib(24), endBytes: gib(24) },
      { name: 'loss forward', startBytes: gib(24), peakBytes: gib(64), endBytes: gib(62) },
      { name: 'loss backward', startBytes: gib(62), peakBytes: gib(82.9), endBytes: gib(40) },
      { name: 'backward', startBytes: gib(40), peakBytes: gib(40), endBytes: gib(22) },
      { name: 'optimizer step', startBytes: gib(19), peakBytes: gib(22), endBytes: gib(19) },
    ],
    peakPhase: 'loss backward',
    regimeNote: 'Measured within 2% on one H100.',
    regimeChecked: true,
    assumptions: ['Activations are recomputed for every layer.', 'Sequences are padded to 4,096 tokens.'],
    hostBytes: 0,
  },
  sweep: [1, 2, 3, 4, 6, 8, 10, 12].map(sweepPoint),
  largestMicroBatch: 8,
  remedies: [
    {
      id: 'liger',
      title: 'Fused cross-entropy (Liger)',
      note: 'same 640 sequences a step',
      expectedBytes: gib(27),
      whatIf: { 'loss.kernel': 'liger' },
    },
    {
      id: 'micro',
      title: 'Micro batch 8, accumulation 10',
      note: 'same 640 sequences a step',
      expectedBytes: gib(69.7),
      whatIf: { 'batch.micro': 8, 'batch.gradientAccumulation': 10 },
    },
    {
      id: 'tp',
      title: 'Tensor parallel 2',
      note: 'logits halved',
      expectedBytes: gib(46),
      whatIf: { 'parallel.tensor': 2 },
    },
  ],
  controls: [
    {
      kind: 'choice',
      field: 'hardware.gpu',
      label: 'GPU',
      value: 'h100-80gb',
      fileValue: 'h100-80gb',
      writable: false,
      options: [
        { value: 'h100-80gb', label: 'H100 80GB' },
        { value: 'h200', label: 'H200 141GB' },
        { value: 'a100-40gb', label: 'A100 40GB' },
      ],
    },
    {
      kind: 'number',
      field: 'parallel.world',
      label: 'GPUs',
      stops: [1, 2, 4, 8, 16, 32, 64],
      value: 8,
      fileValue: 8,
      writable: false,
    },
    {
      kind: 'number',
      field: 'batch.micro',
      label: 'micro batch',
      stops: [1, 2, 3, 4, 6, 8, 10, 12, 16],
      value: 10,
      fileValue: 10,
      writable: true,
    },
    {
      kind: 'number',
      field: 'batch.gradientAccumulation',
      label: 'gradient accumulation',
      stops: [1, 2, 4, 8, 10, 16, 32],
      value: 8,
      fileValue: 8,
      writable: true,
    },
    {
      kind: 'number',
      field: 'data.sequenceLength',
      label: 'sequence length',
      unit: 'tokens',
      stops: [512, 1024, 2048, 3584, 4096, 8192, 16384],
      value: 4096,
      fileValue: 4096,
      writable: true,
    },
    {
      kind: 'choice',
      field: 'activations.checkpointing',
      label: 'checkpointing',
      value: 'full',
      fileValue: 'full',
      writable: true,
      options: [
        { value: 'none', label: 'none' },
        { value: 'selective', label: 'selective' },
        { value: 'full', label: 'full' },
      ],
    },
    {
      kind: 'choice',
      field: 'optimizer.name',
      label: 'optimizer',
      value: 'adamw',
      fileValue: 'adamw',
      writable: true,
      options: [
        { value: 'adamw', label: 'adamw_torch_fused' },
        { value: 'adamw_8bit', label: 'adamw_8bit' },
      ],
    },
    {
      kind: 'choice',
      field: 'loss.kernel',
      label: 'cross-entropy',
      value: 'plain',
      fileValue: 'plain',
      writable: true,
      options: [
        { value: 'plain', label: 'plain' },
        { value: 'liger', label: 'fused (Liger)' },
      ],
    },
  ],
  whatIf: {},
  applicableChanges: 0,
  rates: {
    title: 'Learning rate against batch, full SFT',
    here: { tokensPerStep: 2.6e6, learningRate: 2e-5 },
    head: { tokensPerStep: 0.33e6, learningRate: 2e-5, label: 'HEAD' },
    scaled: { tokensPerStep: 2.6e6, learningRate: 5.66e-5, label: '√8 from HEAD' },
    band: { low: 2e-6, high: 4e-5, note: 'published full fine-tunes of 7B to 9B models' },
    recipes: [
      { label: 'Zephyr SFT', tokensPerStep: 0.26e6, learningRate: 2e-5, source: 'alignment-handbook' },
      { label: 'Tülu 3 SFT', tokensPerStep: 0.52e6, learningRate: 5e-6, source: 'Tülu 3, table 10' },
      { label: 'OpenR1 distill', tokensPerStep: 4.2e6, learningRate: 4e-5, source: 'open-r1' },
      { label: 'Llama 2 chat', tokensPerStep: 0.26e6, learningRate: 2e-5, source: 'Llama 2, section 3.1' },
    ],
  },
};

/** The same file while fused cross-entropy is tried. */
export const trying: PanelState = {
  ...exceeding,
  memory: {
    ...required(exceeding.memory),
    verdict: 'fits',
    lowBytes: gib(26.1),
    expectedBytes: gib(27),
    highBytes: gib(28.6),
    peakPhase: 'forward',
    terms: required(exceeding.memory).terms.map((term) =>
      term.name === 'logits and loss' ? { ...term, bytes: gib(2) } : term,
    ),
    phases: [
      { name: 'forward', startBytes: gib(13), peakBytes: gib(26.2), endBytes: gib(24) },
      { name: 'loss backward', startBytes: gib(24), peakBytes: gib(25), endBytes: gib(24) },
      { name: 'backward', startBytes: gib(24), peakBytes: gib(24), endBytes: gib(20) },
      { name: 'optimizer step', startBytes: gib(19), peakBytes: gib(22), endBytes: gib(19) },
    ],
  },
  fileMemory: { expectedBytes: gib(83.7), verdict: 'exceeds' },
  sweep: [1, 2, 4, 8, 10, 16, 32, 48].map((microBatch) => ({
    microBatch,
    lowBytes: gib(14 + microBatch * 1.3),
    expectedBytes: gib(14 + microBatch * 1.35),
    highBytes: gib(14.5 + microBatch * 1.45),
  })),
  largestMicroBatch: 32,
  remedies: [],
  controls: exceeding.controls.map((control) =>
    control.field === 'loss.kernel' && control.kind === 'choice' ? { ...control, value: 'liger' } : control,
  ),
  whatIf: { 'loss.kernel': 'liger' },
  applicableChanges: 1,
};

/** A config that no file gives a GPU or a model's shape. */
export const unknown: PanelState = {
  uri: 'file:///project/grpo.yaml',
  version: 1,
  fileName: 'grpo.yaml',
  framework: 'TRL',
  plans: ['default', 'ablation'],
  plan: 'default',
  summary: 'GRPO',
  hardware: { label: 'GPU unknown', origin: 'no file or setting names one', known: false },
  missing: [
    {
      field: 'model.name',
      label: 'model',
      value: 'unknown',
      origin: 'not in the catalogue: my-org/private-7b',
      place: { uri: 'file:///project/grpo.yaml', line: 1, character: 0, endLine: 1, endCharacter: 5 },
    },
    { field: 'hardware.gpu', label: 'GPU', value: 'unknown', origin: 'no file or setting names one' },
  ],
  sweep: [],
  remedies: [],
  controls: [],
  whatIf: {},
  applicableChanges: 0,
};

/** A file that trains nothing. */
export const notTraining: PanelState = {
  uri: 'file:///project/package.json',
  version: 1,
  fileName: 'package.json',
  message: 'No training config: no framework recognises these keys.',
  plans: [],
  missing: [],
  sweep: [],
  remedies: [],
  controls: [],
  whatIf: {},
  applicableChanges: 0,
};

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the fixture lacks a part it is made of');
  return value;
}
