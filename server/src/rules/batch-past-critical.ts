import { batchCost, criticalBatch, trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { restsOnStatement } from './support/stated.ts';

export const batchPastCritical = defineRule({
  id: 'batch-past-critical',
  severity: 'warning',
  summary: 'The batch is so large that half of its tokens are wasted',
  since: '0.1.0',
  needs: ['batch.tokensPerStep', 'schedule.totalTokens', 'run.objective'],
  wants: ['run.task', 'run.fromScratch', 'batch.rampUp', 'adapter.kind'],
  judgesLearning: true,
  messages: {
    past: '{batch}M tokens a step pass the critical batch of about {critical}M for {tokens}B tokens: the same loss costs {cost} times the tokens of a small batch.',
  },
  sources: [
    'McCandlish et al. 2018, arXiv 1812.06162 (E/E_min = 1 + B/B_crit)',
    'Zhang et al. 2024, arXiv 2410.21676 (22.91·D^0.47 sequences of 512 at 20% overhead)',
    'Bergsma et al. 2025 (Power Lines), arXiv 2505.13738',
  ],

  check(fields, report, context) {
    if (fields['run.task']?.value !== 'causal-lm' || trainingMethod(context.plan.values) !== 'pretraining') return;
    if (fields['batch.rampUp']?.value === true) return;
    const batch = fields['batch.tokensPerStep'].value;
    const tokens = fields['schedule.totalTokens'].value;
    if (batch <= 0 || tokens < batch || !restsOnStatement(context.plan.values, 'batch.tokensPerStep')) return;
    const critical = criticalBatch(tokens);
    // The laws were fitted from 10^9 tokens up; a shorter run is a test.
    if (tokens < 1e9 || batch < critical) return;
    report({
      at: 'batch.tokensPerStep',
      message: 'past',
      data: {
        batch: Number((batch / 1e6).toPrecision(3)),
        critical: Number((critical / 1e6).toPrecision(2)),
        tokens: Number((tokens / 1e9).toPrecision(3)),
        cost: batchCost(batch / critical).tokens.toPrecision(2),
      },
    });
  },
});
