import { FIELD_INFO, type FieldName } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';

/** The values a quantity can have at all, whatever the framework, and what becomes of others. */
interface Range {
  readonly field: FieldName;
  readonly least?: number;
  readonly most?: number;
  /** Values lie below this and do not reach it. */
  readonly under?: number;
  readonly consequence: string;
}

const NO_SAMPLES = 'a step trains on nothing';
const OPTIMIZER_REFUSES = 'the optimizer refuses to start';
const NO_PROBABILITY = 'it is a probability';

const RANGES: readonly Range[] = [
  { field: 'batch.micro', least: 1, consequence: NO_SAMPLES },
  { field: 'batch.gradientAccumulation', least: 1, consequence: NO_SAMPLES },
  { field: 'batch.global', least: 1, consequence: NO_SAMPLES },
  { field: 'data.sequenceLength', least: 1, consequence: NO_SAMPLES },
  { field: 'optimizer.peakLearningRate', least: 0, consequence: OPTIMIZER_REFUSES },
  { field: 'optimizer.weightDecay', least: 0, consequence: OPTIMIZER_REFUSES },
  { field: 'optimizer.beta1', least: 0, under: 1, consequence: OPTIMIZER_REFUSES },
  { field: 'optimizer.beta2', least: 0, under: 1, consequence: OPTIMIZER_REFUSES },
  { field: 'optimizer.epsilon', least: 0, consequence: OPTIMIZER_REFUSES },
  { field: 'optimizer.momentum', least: 0, consequence: OPTIMIZER_REFUSES },
  { field: 'optimizer.emaDecay', least: 0, most: 1, consequence: 'the average runs away from the weights' },
  { field: 'schedule.warmupSteps', least: 0, consequence: 'no run starts before its first step' },
  { field: 'adapter.rank', least: 1, consequence: 'an adapter has at least rank 1' },
  { field: 'adapter.dropout', least: 0, most: 1, consequence: NO_PROBABILITY },
  { field: 'loss.labelSmoothing', least: 0, most: 1, consequence: NO_PROBABILITY },
];

export const valueOutOfRange = defineRule({
  id: 'value-out-of-range',
  severity: 'error',
  summary: 'A quantity has a value that it cannot have',
  since: '0.1.0',
  needs: [],
  wants: RANGES.map(({ field }) => field),
  messages: {
    low: '{label} {value} is below {bound}: {consequence}.',
    high: '{label} {value} is above {bound}: {consequence}.',
    reached: '{label} {value} does not stay below {bound}: {consequence}.',
  },
  sources: [
    'torch: torch/optim/adamw.py, torch/optim/sgd.py (invalid learning rate, epsilon, betas, weight decay, momentum)',
    'torch: torch/nn/modules/dropout.py; torch/nn/modules/loss.py (label_smoothing)',
    'peft: src/peft/tuners/lora/layer.py, r must be positive',
    'transformers: src/transformers/training_args.py, warmup_steps',
  ],

  check(fields, report) {
    for (const { field, least, most, under, consequence } of RANGES) {
      const stated = fields[field];
      if (stated?.origin !== 'explicit' || typeof stated.value !== 'number') continue;
      const { value } = stated;
      const label = capitalised(FIELD_INFO[field].label);
      if (least !== undefined && value < least)
        report({ at: field, message: 'low', data: { label, value, bound: least, consequence }, related: [] });
      else if (most !== undefined && value > most)
        report({ at: field, message: 'high', data: { label, value, bound: most, consequence }, related: [] });
      else if (under !== undefined && value >= under)
        report({ at: field, message: 'reached', data: { label, value, bound: under, consequence }, related: [] });
    }
  },
});

function capitalised(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1);
}
