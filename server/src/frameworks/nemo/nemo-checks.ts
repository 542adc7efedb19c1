import { excludes, type KeyCheck, requires } from '../kit/key-checks.ts';

/** Precisions in which apex's level O0, all of fp32, would have nothing to say. */
const SIXTEEN_BITS: ReadonlySet<string> = new Set(['16', '16-mixed', 'bf16', 'bf16-mixed']);

/** What Lightning and Megatron make of keys that contradict each other. */
export const NEMO_CHECKS: readonly KeyCheck[] = [
  requires('trainer.amp_level', {
    when: (level, around) => level === 'O0' && around.get('trainer.amp_backend') !== 'apex',
    requires: 'precision: 32',
    found: (around) => {
      const precision = String(around.get('trainer.precision') ?? '');
      return SIXTEEN_BITS.has(precision) ? `precision: ${precision}` : undefined;
    },
    effect: 'dropped',
    cite: 'lightning: pytorch_lightning/trainer/connectors/precision_connector.py (levels are for apex alone)',
  }),
  // Megatron's models accumulate inside a step; model.global_batch_size says how much.
  excludes(
    'trainer.accumulate_grad_batches',
    'model.global_batch_size',
    'NeMo: nemo/collections/nlp/models/language_modeling/megatron_gpt_model.py, _validate_trainer',
    (value) => typeof value === 'number' && value > 1,
  ),
];
