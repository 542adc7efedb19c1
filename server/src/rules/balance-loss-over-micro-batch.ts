import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';

/** Over one or two sequences, balance forces every sequence to use all experts alike. */
const FEW_SEQUENCES = 2;

export const balanceLossOverMicroBatch = defineRule({
  id: 'balance-loss-over-micro-batch',
  severity: 'information',
  summary: "The experts' balance loss is averaged over very few sequences",
  since: '0.1.0',
  needs: ['moe.balanceScope', 'batch.micro'],
  wants: ['moe.balanceLoss', 'model.experts'],
  messages: {
    scope:
      'The balance loss is averaged over {micro} sequences: each is pushed to spread over all experts, which keeps them from specialising.',
  },
  sources: ['Qiu et al. 2025, arXiv 2501.11873'],

  check(fields, report) {
    if (fields['moe.balanceScope'].value !== 'micro' || fields['batch.micro'].value > FEW_SEQUENCES) return;
    if ((fields['moe.balanceLoss']?.value ?? 1) <= 0 || (fields['model.experts']?.value ?? 2) <= 1) return;
    report({
      at: 'moe.balanceScope',
      message: 'scope',
      data: { micro: fields['batch.micro'].value },
      fixes: [
        {
          title: 'Average the balance loss over the global batch',
          safety: 'changes-training',
          edits: [setField('moe.balanceScope', 'global')],
        },
      ],
    });
  },
});
