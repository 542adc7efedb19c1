import { LINEAR_SCALING_LIMIT_IMAGES } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { optimizerKind } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** Eight times the reference batch of 256 images: from here Goyal et al. could not start at the full rate. */
const LARGE_BATCH_IMAGES = 2048;

export const largeBatchWithoutWarmup = defineRule({
  id: 'large-batch-without-warmup',
  severity: 'information',
  summary: 'A large image batch starts at its full learning rate, or leaves the range of SGD',
  since: '0.1.0',
  needs: ['batch.global', 'optimizer.name', 'run.task'],
  wants: ['schedule.warmupSteps', 'schedule.warmupRatio', 'run.fromScratch'],
  judgesLearning: true,
  messages: {
    noWarmup:
      'SGD starts {batch} images a step at its full learning rate; batches this large were trained with 5 epochs of warmup.',
    beyond:
      '{batch} images a step with {optimizer}: accuracy held up to 8,192 with linear scaling and fell from there without LARS.',
  },
  sources: ['Goyal et al. 2017, arXiv 1706.02677', 'You, Gitman, Ginsburg 2017 (LARS), arXiv 1708.03888'],

  check(fields, report) {
    const batch = fields['batch.global'].value;
    const optimizer = fields['optimizer.name'].value;
    if (fields['run.task'].value !== 'image-classification' || optimizerKind(optimizer) !== 'sgd') return;
    if (fields['run.fromScratch']?.value === false) return;
    if (batch > LINEAR_SCALING_LIMIT_IMAGES) {
      report({ at: 'batch.global', message: 'beyond', data: { batch, optimizer } });
      return;
    }
    const warmup = fields['schedule.warmupSteps'] ?? fields['schedule.warmupRatio'];
    if (batch < LARGE_BATCH_IMAGES || warmup === undefined || warmup.value !== 0 || !isStated(warmup)) return;
    const at = fields['schedule.warmupSteps'] === undefined ? 'schedule.warmupRatio' : 'schedule.warmupSteps';
    report({ at, message: 'noWarmup', data: { batch }, related: ['batch.global', 'optimizer.name'] });
  },
});
