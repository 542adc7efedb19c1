import { FIELD_INFO } from '../plan/index.ts';
import { paddedVocabulary } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** 16-bit matrix units work on tiles of eight. NVIDIA: Deep Learning Performance, Matrix Multiplication. */
const TILE = 8;

/** Vocabularies are padded to this. Karpathy's nanoGPT: 50257 to 50304. */
const VOCABULARY_TILE = 64;

export const shapesOffTensorCores = defineRule({
  id: 'shapes-off-tensor-cores',
  severity: 'warning',
  summary: "A new model's widths do not fill the matrix units",
  since: '0.1.0',
  needs: ['run.fromScratch'],
  wants: ['model.hiddenSize', 'model.intermediateSize', 'model.headDim', 'model.vocabSize'],
  messages: {
    width: 'The {label} {value} is no multiple of 8: 16-bit matrix units run it padded or not at all, on every step.',
    vocabulary:
      'The vocab size {value} is no multiple of 64: {padded} rows make the largest matrix of the model faster.',
  },
  sources: [
    'NVIDIA: Matrix Multiplication Background (multiples of 8 for 16-bit types)',
    'nanoGPT: train.py (50257 padded to 50304)',
    'Megatron-LM: --make-vocab-size-divisible-by, 128 by default',
  ],

  check(fields, report) {
    // A checkpoint's shape is given; only a new model's is free.
    if (!fields['run.fromScratch'].value) return;
    for (const field of ['model.hiddenSize', 'model.intermediateSize', 'model.headDim'] as const) {
      const width = fields[field];
      if (width === undefined || !isStated(width) || width.value < TILE || width.value % TILE === 0) continue;
      report({
        at: field,
        message: 'width',
        data: { label: FIELD_INFO[field].label, value: width.value },
        related: [],
      });
    }
    const vocabulary = fields['model.vocabSize'];
    if (vocabulary === undefined || !isStated(vocabulary) || vocabulary.value % VOCABULARY_TILE === 0) return;
    // Small vocabularies (bytes, characters, amino acids) cost nothing either way.
    if (vocabulary.value < 10_000) return;
    report({
      at: 'model.vocabSize',
      message: 'vocabulary',
      data: { value: vocabulary.value, padded: paddedVocabulary(vocabulary.value) },
      severity: 'information',
      related: [],
    });
  },
});
