import { defineRule } from './support/define-rule.ts';

/** SigLIP found 32k enough and tried up to a million. Zhai et al. 2023. */
const SATURATED_PAIRS = 32_768;
const FEW_PAIRS = 1024;

export const contrastiveBatchOutOfRange = defineRule({
  id: 'contrastive-batch-out-of-range',
  severity: 'information',
  summary: 'An image-text batch lies outside the range where more pairs help',
  since: '0.1.0',
  needs: ['contrastive.loss', 'batch.global', 'run.task'],
  wants: ['run.fromScratch', 'model.imageSize'],
  messages: {
    saturated:
      '{batch} pairs a step: image-text training gained little beyond 32,768, and similarity logits grow with the square.',
    few: '{batch} pairs a step from scratch: a softmax over so few negatives trains weakly; sigmoid losses hold up better here.',
  },
  sources: ['Zhai et al. 2023 (SigLIP), arXiv 2303.15343', 'Yeh et al. 2022 (DCL), arXiv 2110.06848'],

  check(fields, report) {
    const batch = fields['batch.global'].value;
    if (fields['run.task'].value !== 'contrastive' || fields['model.imageSize'] === undefined) return;
    if (batch > SATURATED_PAIRS) {
      report({ at: 'batch.global', message: 'saturated', data: { batch } });
      return;
    }
    const isSigmoid = fields['contrastive.loss'].value.toLowerCase().includes('sig');
    if (batch >= FEW_PAIRS || isSigmoid || fields['run.fromScratch']?.value !== true) return;
    report({ at: 'batch.global', message: 'few', data: { batch } });
  },
});
