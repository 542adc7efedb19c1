import { scaleSquareRoot } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { optimizerKind } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** Growth under which a scaled rate stays near the base. */
const NOTABLE_FACTOR = 10;

/** Above this an adaptive optimizer has no published recipe for the methods that scale from batch one. */
const NOTABLE_RATE = 1e-3;

export const linearScalingUnderAdam = defineRule({
  id: 'linear-scaling-under-adam',
  severity: 'warning',
  summary: 'The learning rate is multiplied by the whole batch under an adaptive optimizer',
  since: '0.1.0',
  needs: ['reference.scalingRule', 'reference.baseLearningRate', 'reference.batch', 'batch.global', 'optimizer.name'],
  judgesLearning: true,
  messages: {
    linear:
      'Base rate {base} is multiplied by batch {batch} to {scaled} with {optimizer}; the square root, which fits adaptive optimizers, gives {squareRoot}.',
    byDefault:
      'Base rate {base} is multiplied by batch {batch} to {scaled} with {optimizer} unless the launch switches that off.',
  },
  sources: [
    'diffusers: examples/text_to_image/train_text_to_image.py, --scale_lr',
    'Malladi et al. 2022, arXiv 2205.10287 (square root for Adam)',
  ],

  check(fields, report) {
    const base = fields['reference.baseLearningRate'].value;
    const batch = fields['batch.global'].value;
    const optimizer = fields['optimizer.name'].value;
    if (fields['reference.scalingRule'].value !== 'linear' || optimizerKind(optimizer) !== 'adam-like') return;
    // Self-supervised vision scales AdamW linearly from 256 images with published success; from one image nobody does.
    if (fields['reference.batch'].value !== 1) return;
    const scaled = base * batch;
    if (batch <= NOTABLE_FACTOR || scaled <= NOTABLE_RATE) return;
    // A default of the launcher is one flag away from leaving the rate alone, which no file shows.
    const rule = isStated(fields['reference.scalingRule'])
      ? ({ message: 'linear', severity: 'warning' } as const)
      : ({ message: 'byDefault', severity: 'information' } as const);
    report({
      at: 'reference.baseLearningRate',
      ...rule,
      data: { base, batch, scaled, optimizer, squareRoot: scaleSquareRoot(base, 1, batch) },
      related: ['reference.scalingRule', 'batch.global', 'optimizer.name'],
    });
  },
});
