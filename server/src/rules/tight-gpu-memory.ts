import { defineRule } from './support/define-rule.ts';
import { gibAmount } from './support/gib-amount.ts';
import { gpuText } from './support/gpu-text.ts';
import { isStated } from './support/stated.ts';

export const tightGpuMemory = defineRule({
  id: 'tight-gpu-memory',
  severity: 'information',
  summary: "The estimate's range crosses what the GPU gives",
  since: '0.1.0',
  needs: ['model.name'],
  wants: ['batch.micro', 'hardware.gpu', 'data.sequenceLength'],
  messages: {
    tight:
      'Needs {low} to {high} GiB per GPU and {gpu} gives {capacity}: a long batch or a fragmented allocator may run out.',
  },
  sources: ['Batchwise: docs/memory-accuracy.md'],

  check(fields, report, context) {
    const outcome = context.memory();
    if (!outcome.known || outcome.estimate.verdict !== 'tight') return;
    const { estimate } = outcome;
    if (estimate.capacityBytes === undefined) return;
    report({
      at: fields['batch.micro'] !== undefined && isStated(fields['batch.micro']) ? 'batch.micro' : 'model.name',
      message: 'tight',
      data: {
        low: gibAmount(estimate.lowBytes),
        high: gibAmount(estimate.highBytes),
        gpu: gpuText(estimate.gpu ?? fields['hardware.gpu']?.value),
        capacity: gibAmount(estimate.capacityBytes),
      },
      related: ['hardware.gpu', 'model.name', 'batch.micro', 'data.sequenceLength'],
      fixes: () => context.remedies(),
    });
  },
});
