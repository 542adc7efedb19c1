import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** Storage formats that hold no gradient. fp8 and mxfp4 training recipes exist. */
const FROZEN_STORAGE: ReadonlySet<string> = new Set(['nf4', 'fp4', 'int8', 'int4']);

export const quantizedWithoutAdapter = defineRule({
  id: 'quantized-without-adapter',
  severity: 'error',
  summary: 'Quantised weights are to be trained without an adapter',
  since: '0.1.0',
  needs: ['adapter.quantization', 'adapter.kind'],
  readsAbsence: true,
  messages: {
    frozen:
      'The weights are stored in {storage}, which takes no gradient, and there is no adapter to train: the trainer refuses.',
  },
  sources: [
    'transformers: src/transformers/trainer.py, fine-tuning on purely quantized models',
    'LLaMA-Factory: src/llamafactory/hparams/parser.py, quantization is only compatible with LoRA or OFT',
  ],

  check({ 'adapter.quantization': storage, 'adapter.kind': adapter }, report) {
    if (!FROZEN_STORAGE.has(storage.value) || !isStated(storage) || adapter.value !== 'none') return;
    report({
      at: 'adapter.quantization',
      message: 'frozen',
      data: { storage: storage.value },
      fixes: [
        { title: 'Train a LoRA adapter on top', safety: 'changes-training', edits: [setField('adapter.kind', 'lora')] },
      ],
    });
  },
});
