import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated, restsOnStatement } from './support/stated.ts';
import { isTrialRun } from './support/trial-run.ts';

/** A share of warmup that fine-tuning recipes use: alignment-handbook 0.1, Tülu 3 and OpenR1 0.03. */
const USUAL_WARMUP_SHARE = 0.03;

export const warmupOutlastsRun = defineRule({
  id: 'warmup-outlasts-run',
  severity: 'error',
  summary: 'Warmup lasts at least as long as the run',
  since: '0.1.0',
  needs: ['schedule.warmupSteps', 'schedule.totalSteps'],
  wants: ['schedule.decaySteps', 'schedule.holdSteps'],
  messages: {
    neverPeaks: 'Warmup takes {warmup} steps and the run has {total}, so the learning rate never reaches its peak.',
    peaksAtEnd: 'Warmup takes all {total} steps of the run, so the learning rate reaches its peak at the last one.',
    mostOfRun: 'Warmup takes {warmup} of {total} steps: more than half of the run trains below the peak learning rate.',
  },
  sources: [
    'transformers: src/transformers/optimization.py, get_cosine_schedule_with_warmup',
    'litgpt: litgpt/args.py, TrainArgs.warmup_iters',
    'Megatron-LM: megatron/core/optimizer_param_scheduler.py, lr_warmup_steps < lr_decay_steps',
  ],

  check({ 'schedule.warmupSteps': warmup, 'schedule.totalSteps': total }, report, context) {
    if (total.value <= 0 || warmup.value <= total.value / 2) return;
    // A length worked out from estimates is too soft a ground, and a stated ratio above one has its own rule.
    if (!restsOnStatement(context.plan.values, 'schedule.totalSteps')) return;
    if (!isStated(warmup) && !isStated(context.plan.values['schedule.warmupRatio'])) return;
    if (warmup.origin === 'inferred' && warmup.value > total.value) return;

    // A test or a timing of a longer recipe keeps its warmup, and nobody waits for its peak.
    const isGentle = warmup.value < total.value || isTrialRun(context.plan.values);
    const usual = Math.max(1, Math.round(total.value * USUAL_WARMUP_SHARE));
    report({
      at: 'schedule.warmupSteps',
      message: warmup.value > total.value ? 'neverPeaks' : warmup.value === total.value ? 'peaksAtEnd' : 'mostOfRun',
      data: { warmup: warmup.value, total: total.value },
      severity: isGentle ? 'information' : warmup.value > total.value ? 'error' : 'warning',
      fixes: isStated(warmup)
        ? [
            {
              title: `Set warmup ${usual} ${usual === 1 ? 'step' : 'steps'}: 3% of the run`,
              safety: 'changes-training',
              edits: [setField('schedule.warmupSteps', usual)],
            },
          ]
        : [],
    });
  },
});
