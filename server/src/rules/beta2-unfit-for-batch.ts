import { setField } from '../plan/index.ts';
import { halfLifeSteps, scaleBeta2, trainingMethod } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { optimizerKind } from './support/optimizer-kind.ts';
import { isStated } from './support/stated.ts';

/** GPT-3's setting: 0.95 at half a million tokens, a half-life that published runs share within a few times. Brown et al. 2020, arXiv 2005.14165. */
const ANCHOR = { beta2: 0.95, batchTokens: 500_000 };

/** Below this a decay of 0.95 forgets within a million tokens. */
const SMALL_BATCH_TOKENS = 64_000;
const SHORT_BETA2 = 0.95;

const LARGE_BATCH_TOKENS = 2_000_000;
const LARGE_MODEL_PARAMETERS = 1e9;
const LONG_BETA2 = 0.999;

export const beta2UnfitForBatch = defineRule({
  id: 'beta2-unfit-for-batch',
  severity: 'information',
  summary: "Adam's second-moment decay suits a batch of another size",
  since: '0.1.0',
  needs: ['optimizer.beta2', 'optimizer.name', 'batch.tokensPerStep', 'run.objective'],
  wants: ['model.parameterCount', 'run.task', 'run.fromScratch', 'adapter.kind'],
  judgesLearning: true,
  messages: {
    short:
      'beta2 {beta2} forgets half in {tokens} tokens at {batch} tokens a step; small batches were trained with {suited}.',
    long: 'beta2 {beta2} averages {steps} steps at {batch}M tokens a step; large models were kept stable at 0.95 to 0.98.',
  },
  sources: [
    'Marek et al. 2025, arXiv 2507.07101 (β2 by half-life in tokens)',
    'Porian et al. 2024, arXiv 2406.19146 (β2 matters at small batches)',
    'Molybog et al. 2023, arXiv 2304.09871 (instability at large batches)',
  ],

  check(fields, report, context) {
    const beta2 = fields['optimizer.beta2'];
    const batch = fields['batch.tokensPerStep'].value;
    if (!isStated(beta2) || beta2.value <= 0 || beta2.value >= 1 || batch <= 0) return;
    if (fields['run.task']?.value !== 'causal-lm' || trainingMethod(context.plan.values) !== 'pretraining') return;
    if (optimizerKind(fields['optimizer.name'].value) !== 'adam-like') return;
    const steps = halfLifeSteps(beta2.value);
    if (batch < SMALL_BATCH_TOKENS && beta2.value <= SHORT_BETA2) {
      const suited = Number(scaleBeta2(ANCHOR.beta2, ANCHOR.batchTokens, batch).toFixed(4));
      report({
        at: 'optimizer.beta2',
        message: 'short',
        data: { beta2: beta2.value, tokens: Math.round(steps * batch), batch, suited: String(suited) },
        fixes: [
          {
            title: `Set beta2 ${suited}: the half-life in tokens of 0.95 at half a million a step`,
            safety: 'changes-training',
            edits: [setField('optimizer.beta2', suited)],
          },
        ],
      });
      return;
    }
    const isLarge =
      batch > LARGE_BATCH_TOKENS && (fields['model.parameterCount']?.value ?? 0) >= LARGE_MODEL_PARAMETERS;
    if (!isLarge || beta2.value < LONG_BETA2) return;
    report({
      at: 'optimizer.beta2',
      message: 'long',
      data: { beta2: beta2.value, steps: Math.round(1 / (1 - beta2.value)), batch: (batch / 1e6).toPrecision(2) },
    });
  },
});
