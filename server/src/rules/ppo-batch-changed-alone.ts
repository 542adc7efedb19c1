import { defineRule } from './support/define-rule.ts';
import { isUnchanged, ownReference, severityAgainst } from './support/reference-change.ts';

const NOTABLE_FACTOR = 4;

export const ppoBatchChangedAlone = defineRule({
  id: 'ppo-batch-changed-alone',
  severity: 'information',
  summary: "PPO's rollout changed in size and nothing that depends on it did",
  since: '0.1.0',
  needs: ['rollout.steps', 'rollout.environments', 'optimizer.peakLearningRate', 'run.task'],
  wants: ['rollout.miniBatch', 'rollout.updateEpochs', 'rollout.clipRange'],
  messages: {
    alone:
      'A rollout went from {before} transitions in {reference} to {now} at the same learning rate: PPO takes other policy steps then.',
  },
  sources: ['Hilton, Cobbe, Schulman 2022, arXiv 2110.00641'],

  check(fields, report, context) {
    const reference = ownReference(context);
    if (reference === undefined || fields['run.task'].value !== 'reinforcement-learning') return;
    if (!isUnchanged('optimizer.peakLearningRate', context.plan, reference.plan)) return;
    const before = rolloutSize(
      reference.plan.values['rollout.steps']?.value,
      reference.plan.values['rollout.environments']?.value,
    );
    const now = rolloutSize(fields['rollout.steps'].value, fields['rollout.environments'].value);
    if (before === undefined || now === undefined) return;
    if (Math.max(now / before, before / now) < NOTABLE_FACTOR) return;
    const at = isUnchanged('rollout.steps', context.plan, reference.plan) ? 'rollout.environments' : 'rollout.steps';
    report({
      at,
      message: 'alone',
      severity: severityAgainst(reference, 'information'),
      data: { before, now, reference: reference.label },
    });
  },
});

function rolloutSize(steps: number | undefined, environments: number | undefined): number | undefined {
  if (steps === undefined || environments === undefined || steps <= 0 || environments <= 0) return undefined;
  return steps * environments;
}
