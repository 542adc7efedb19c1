import type { MemoryEstimate } from '../memory/index.ts';
import { peakBetweenSteps, peakPlace } from './support/between-steps.ts';
import { defineRule } from './support/define-rule.ts';
import { excessDoubt, LONG_CAP } from './support/excess-doubt.ts';
import { gibAmount } from './support/gib-amount.ts';
import { gpuText } from './support/gpu-text.ts';

/** Terms named in the message: the largest ones carry the story, more would not fit a line. */
const NAMED_TERMS = 3;

export const exceedsGpuMemory = defineRule({
  id: 'exceeds-gpu-memory',
  severity: 'error',
  summary: 'The run needs more memory than the GPU has',
  since: '0.1.0',
  needs: ['model.name'],
  wants: ['batch.micro', 'batch.microTokens', 'batch.unit', 'batch.eval', 'hardware.gpu', 'data.sequenceLength'],
  messages: {
    exceeds: 'Needs {low} to {high} GiB per GPU and {gpu} gives {capacity}: {terms}.',
    replicated:
      'With all states on every GPU it needs {low} to {high} GiB each and {gpu} gives {capacity}; no launcher that splits them is known.',
    atCap:
      'Sequences of {tokens} tokens need {low} to {high} GiB per GPU and {gpu} gives {capacity}; much shorter ones fit.',
    least: 'Needs at least {low} GiB per GPU however short its sequences, and {gpu} gives {capacity}: {terms}.',
    exceedsBetweenSteps:
      '{phase} needs {low} to {high} GiB per GPU, training {training}, and {gpu} gives {capacity}: {terms}.',
  },
  sources: ['Batchwise: docs/memory-accuracy.md'],

  check(fields, report, context) {
    const outcome = context.memory();
    const estimate = outcome.known ? outcome.estimate : outcome.least;
    if (estimate?.verdict !== 'exceeds') return;
    if (estimate.capacityBytes === undefined) return;
    const data = {
      low: gibAmount(estimate.lowBytes),
      high: gibAmount(estimate.highBytes),
      gpu: gpuText(estimate.gpu ?? fields['hardware.gpu']?.value),
      capacity: gibAmount(estimate.capacityBytes),
      terms: largestTerms(estimate),
    };
    const between = peakBetweenSteps(estimate);
    const common = {
      at: peakPlace(fields, between),
      related: ['hardware.gpu', 'model.name', 'batch.micro', 'data.sequenceLength'],
      fixes: () => context.remedies(),
    } as const;
    // A regime nobody measured may be wrong by more than its own range.
    const severity = estimate.regime.checked === 'unchecked' ? 'warning' : 'error';
    const doubt = excessDoubt(estimate, context.plan);
    const tokens = fields['data.sequenceLength']?.value ?? 0;
    if (doubt === 'replicated') report({ ...common, message: 'replicated', data, severity: 'information' });
    else if (!outcome.known) report({ ...common, at: 'model.name', message: 'least', data, severity });
    else if (between !== undefined)
      report({
        ...common,
        message: 'exceedsBetweenSteps',
        data: { ...data, phase: between.phase, training: gibAmount(between.trainingBytes) },
        severity: doubt === 'inherited' || doubt === 'unmeasured' ? 'information' : severity,
      });
    else if (doubt === 'at-cap')
      report({
        ...common,
        message: 'atCap',
        data: { ...data, tokens },
        severity: tokens > LONG_CAP || fields['batch.unit']?.value === 'completions' ? 'information' : 'warning',
      });
    else report({ ...common, message: 'exceeds', data, severity: doubt === undefined ? severity : 'information' });
  },
});

/** "optimizer states 29.9, activations 41.6, logits and loss 15.7": the largest terms at the peak, in GiB. */
function largestTerms(estimate: MemoryEstimate): string {
  return estimate.terms
    .filter((term) => term.atPeak && term.bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, NAMED_TERMS)
    .map((term) => `${term.name} ${gibAmount(term.bytes)}`)
    .join(', ');
}
