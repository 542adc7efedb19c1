import { peakBetweenSteps, peakPlace } from './support/between-steps.ts';
import { defineRule } from './support/define-rule.ts';
import { gibAmount } from './support/gib-amount.ts';
import { gpuText } from './support/gpu-text.ts';

export const tightGpuMemory = defineRule({
  id: 'tight-gpu-memory',
  severity: 'information',
  summary: "The estimate's range crosses what the GPU gives",
  since: '0.1.0',
  needs: ['model.name'],
  wants: ['batch.micro', 'batch.eval', 'hardware.gpu', 'data.sequenceLength'],
  messages: {
    tight:
      'Needs {low} to {high} GiB per GPU and {gpu} gives {capacity}: a long batch or a fragmented allocator may run out.',
    tightBetweenSteps:
      '{phase} needs {low} to {high} GiB per GPU, training {training}, and {gpu} gives {capacity}: a fragmented allocator may run out.',
  },
  sources: ['Batchwise: docs/memory-accuracy.md'],

  check(fields, report, context) {
    const outcome = context.memory();
    if (!outcome.known || outcome.estimate.verdict !== 'tight') return;
    const { estimate } = outcome;
    if (estimate.capacityBytes === undefined) return;
    const data = {
      low: gibAmount(estimate.lowBytes),
      high: gibAmount(estimate.highBytes),
      gpu: gpuText(estimate.gpu ?? fields['hardware.gpu']?.value),
      capacity: gibAmount(estimate.capacityBytes),
    };
    const common = {
      related: ['hardware.gpu', 'model.name', 'batch.micro', 'data.sequenceLength'],
      fixes: () => context.remedies(),
    } as const;
    const between = peakBetweenSteps(estimate);
    const at = peakPlace(fields, between);
    if (between === undefined) report({ ...common, at, message: 'tight', data });
    else {
      const { phase, trainingBytes } = between;
      const training = gibAmount(trainingBytes);
      report({ ...common, at, message: 'tightBetweenSteps', data: { ...data, phase, training } });
    }
  },
});
