import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** Pretraining concatenates documents on purpose. */
const ISOLATING_OBJECTIVES: ReadonlySet<string> = new Set(['sft', 'reward', 'distillation', 'dpo', 'kto', 'orpo']);

export const packingWithoutVarlenAttention = defineRule({
  id: 'packing-without-varlen-attention',
  severity: 'warning',
  summary: 'Packed examples can attend to each other',
  since: '0.1.0',
  needs: ['data.packing', 'model.attention', 'run.objective'],
  wants: ['data.packingIsolated'],
  messages: {
    unmasked:
      'Packing puts several examples in one sequence and nothing keeps them apart: each sees the ones before it.',
    leaks: 'Packing puts several examples in one sequence and {attention} attention lets each see the ones before it.',
    mayLeak:
      'Packing puts several examples in one sequence; with {attention} attention they see each other unless the trainer masks them apart.',
  },
  sources: [
    'axolotl: src/axolotl/utils/schemas/validation.py, check_sample_packing_wo_flash',
    'TRL: trl/trainer/sft_trainer.py, packing without flash attention',
    'Krell et al. 2021, arXiv 2107.02027',
  ],

  check(fields, report) {
    const { 'data.packing': packing, 'model.attention': attention } = fields;
    if (!packing.value || !isStated(packing) || !ISOLATING_OBJECTIVES.has(fields['run.objective'].value)) return;
    const isolated = fields['data.packingIsolated']?.value;
    if (isolated === true) return;
    const isPlain = attention.value === 'eager' || attention.value === 'sdpa';
    // A default kernel is the framework's business: newer versions pick a variable-length one by themselves.
    if (isolated === undefined && !(isPlain && isStated(attention))) return;
    report({
      at: 'data.packing',
      message: isolated === undefined ? 'mayLeak' : isPlain ? 'leaks' : 'unmasked',
      data: { attention: attention.value },
      severity: isolated === false ? 'warning' : 'information',
      related: ['model.attention', 'data.packingIsolated'],
      fixes: isPlain
        ? [
            {
              title: 'Use flash attention, which keeps packed examples apart',
              safety: 'changes-training',
              edits: [setField('model.attention', 'flash')],
            },
          ]
        : [],
    });
  },
});
