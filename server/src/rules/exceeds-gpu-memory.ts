import type { MemoryEstimate } from '../memory/index.ts';
import { defineRule } from './support/define-rule.ts';
import { gibAmount } from './support/gib-amount.ts';
import { gpuText } from './support/gpu-text.ts';
import { isStated } from './support/stated.ts';

/** Terms named in the message: the largest ones carry the story, more would not fit a line. */
const NAMED_TERMS = 3;

export const exceedsGpuMemory = defineRule({
  id: 'exceeds-gpu-memory',
  severity: 'error',
  summary: 'The run needs more memory than the GPU has',
  since: '0.1.0',
  needs: ['model.name'],
  wants: ['batch.micro', 'batch.microTokens', 'hardware.gpu', 'data.sequenceLength'],
  messages: {
    exceeds: 'Needs {low} to {high} GiB per GPU and {gpu} gives {capacity}: {terms}.',
  },
  sources: ['Batchwise: docs/memory-accuracy.md'],

  check(fields, report, context) {
    const outcome = context.memory();
    if (!outcome.known || outcome.estimate.verdict !== 'exceeds') return;
    const { estimate } = outcome;
    if (estimate.capacityBytes === undefined) return;
    const batch = fields['batch.micro'] !== undefined && isStated(fields['batch.micro']) ? 'batch.micro' : 'model.name';
    report({
      at: batch,
      message: 'exceeds',
      data: {
        low: gibAmount(estimate.lowBytes),
        high: gibAmount(estimate.highBytes),
        gpu: gpuText(estimate.gpu ?? fields['hardware.gpu']?.value),
        capacity: gibAmount(estimate.capacityBytes),
        terms: largestTerms(estimate),
      },
      // A regime nobody measured may be wrong by more than its own range.
      severity: estimate.regime.checked === 'unchecked' ? 'warning' : 'error',
      related: ['hardware.gpu', 'model.name', 'batch.micro', 'data.sequenceLength'],
      fixes: () => context.remedies(),
    });
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
