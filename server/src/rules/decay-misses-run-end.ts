import { setField } from '../plan/index.ts';
import { defineRule, formatNumber } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** A decay this many times longer than the run marks a shakedown of a real recipe, cut short on purpose. */
const SHAKEDOWN_FACTOR = 20;

/** Published runs end their decay as early as 87% of the run (GPT-3: 260B of 300B tokens). */
const EARLY_SHARE = 0.7;

/** Schedules whose one decay begins after warmup; others (WSD, multi-step) decay in a part of the run by design. */
const SINGLE_DECAY: ReadonlySet<string> = new Set(['cosine', 'linear', 'polynomial']);

export const decayMissesRunEnd = defineRule({
  id: 'decay-misses-run-end',
  severity: 'information',
  summary: "The learning rate's decay ends well before, or well after, the run",
  since: '0.1.0',
  needs: ['schedule.decaySteps', 'schedule.totalSteps', 'schedule.kind'],
  wants: ['schedule.warmupSteps'],
  judgesLearning: true,
  messages: {
    late: 'The decay ends at step {end} and the run at {total}: training stops before the learning rate has come down.',
    early: 'The decay ends by step {end} of {total}: the rest of the run trains at the minimum learning rate.',
  },
  sources: [
    'Megatron-LM: megatron/training/arguments.py, --lr-decay-iters',
    'nanotron: src/nanotron/config/config.py, LRSchedulerArgs',
    'Hoffmann et al. 2022, arXiv 2203.15556, appendix B (a schedule more than 25% too long costs loss)',
  ],

  check(fields, report) {
    const decay = fields['schedule.decaySteps'];
    const total = fields['schedule.totalSteps'];
    if (!isStated(decay) || !isStated(total) || total.value <= 0) return;
    if (!SINGLE_DECAY.has(fields['schedule.kind'].value.toLowerCase())) return;
    const warmup = fields['schedule.warmupSteps']?.value ?? 0;
    const end = decay.value + warmup;
    // A linear decay is often the end of a long constant phase. Hoffmann et al. saw a cost from a quarter too long on; less is rounding or a resumed run.
    const isLate = end > total.value * 1.25 && end < total.value * SHAKEDOWN_FACTOR;
    const isEarly = fields['schedule.kind'].value.toLowerCase() !== 'linear' && end < total.value * EARLY_SHARE;
    if (!isLate && !isEarly) return;
    const rest = total.value - warmup;
    if (rest <= 0) return;
    report({
      at: 'schedule.decaySteps',
      message: isLate ? 'late' : 'early',
      data: { total: total.value, end },
      fixes: [
        {
          title: `End the decay with the run, at step ${formatNumber(total.value)}`,
          safety: 'changes-training',
          edits: [setField('schedule.decaySteps', rest)],
        },
      ],
    });
  },
});
