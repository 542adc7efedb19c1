import type { Task } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { hasAdamScale, optimizerKind } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** Adam moves every weight by about the rate each step; above this, deep networks leave their basin at once. Its largest published rates are near 5e-3. */
const SGD_SIZED_RATE = 1e-2;

/** SGD's rates for networks from scratch are published at 0.1 per 256 images; a thousandth of it barely moves. */
const ADAM_SIZED_RATE = 1e-4;

const DEEP_TASKS: ReadonlySet<Task> = new Set<Task>([
  'causal-lm',
  'seq2seq',
  'masked-lm',
  'classification',
  'vision-language',
  'diffusion',
  'detection',
]);

export const lrFromAnotherOptimizer = defineRule({
  id: 'lr-from-another-optimizer',
  severity: 'warning',
  summary: "The learning rate is on another optimizer's scale",
  since: '0.1.0',
  needs: ['optimizer.peakLearningRate', 'optimizer.name', 'run.task'],
  wants: ['schedule.kind', 'adapter.kind', 'optimizer.mup', 'run.fromScratch', 'reference.baseLearningRate'],
  judgesLearning: true,
  messages: {
    adam: 'Peak learning rate {rate} with {optimizer} is on the scale of SGD; Adam moves every weight by about the rate each step.',
    sgd: 'Peak learning rate {rate} with {optimizer} is on the scale of Adam; SGD from scratch is published near 0.1 for 256 images.',
  },
  sources: ['Goyal et al. 2017, arXiv 1706.02677 (SGD 0.1 for 256 images)', 'Batchwise: server/data/recipes.json'],

  check(fields, report) {
    const rate = fields['optimizer.peakLearningRate'];
    const optimizer = fields['optimizer.name'];
    const task = fields['run.task'].value;
    if (!isStated(rate) || !isStated(optimizer)) return;
    if (fields['optimizer.mup']?.value === true || fields['reference.baseLearningRate'] !== undefined) return;
    // Noam multiplies the stated number by 1/√width, and soft prompts live on a scale of their own.
    if (fields['schedule.kind']?.value.toLowerCase().includes('noam') || fields['adapter.kind']?.value === 'other')
      return;
    const data = { rate: rate.value, optimizer: optimizer.value };
    if (hasAdamScale(optimizer.value) && rate.value >= SGD_SIZED_RATE && DEEP_TASKS.has(task)) {
      report({ at: 'optimizer.peakLearningRate', message: 'adam', data, related: ['optimizer.name'] });
      return;
    }
    const isFromScratchVision = task === 'image-classification' && fields['run.fromScratch']?.value === true;
    if (optimizerKind(optimizer.value) !== 'sgd' || !isFromScratchVision) return;
    if (rate.value <= 0 || rate.value > ADAM_SIZED_RATE) return;
    report({ at: 'optimizer.peakLearningRate', message: 'sgd', data, related: ['optimizer.name'] });
  },
});
