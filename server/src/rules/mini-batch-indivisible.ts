import { setField } from '../plan/index.ts';
import { largestDivisorUpTo, nextMultiple } from '../scaling/index.ts';
import { defineRule } from './support/define-rule.ts';
import { restsOnStatement } from './support/stated.ts';
import type { Fix } from './types.ts';

export const miniBatchIndivisible = defineRule({
  id: 'mini-batch-indivisible',
  severity: 'error',
  summary: "A policy update's mini batch does not split into ranks and micro batches",
  since: '0.1.0',
  needs: ['rollout.miniBatch', 'batch.micro', 'parallel.data', 'run.task'],
  messages: {
    ranks:
      'A mini batch of {mini} completions over {ranks} data-parallel ranks leaves {share} each: every rank needs a whole number.',
    micro:
      "A rank's share of the mini batch is {share} completions, which micro batch {micro} does not divide: {remainder} are left over.",
  },
  sources: [
    'verl: verl/workers/config/actor.py, ActorConfig.validate',
    'verl: verl/workers/fsdp_workers.py, normalised ppo_mini_batch_size',
    'TRL: trl/experimental/ppo/ppo_config.py, num_mini_batches',
  ],

  check(fields, report, context) {
    const mini = fields['rollout.miniBatch'];
    const micro = fields['batch.micro'];
    const ranks = fields['parallel.data'].value;
    // Classic control's mini batches are cut on one device, the last one shorter.
    if (fields['run.task'].value === 'reinforcement-learning') return;
    if (ranks < 1 || micro.value < 1 || !restsOnStatement(context.plan.values, 'rollout.miniBatch')) return;
    // Integer division gives each rank the floor, so only a share below one stops the run.
    const share = Math.floor(mini.value / ranks);
    if (share < 1) {
      report({
        at: 'rollout.miniBatch',
        message: 'ranks',
        data: { mini: mini.value, ranks, share: mini.value / ranks },
      });
      return;
    }
    const remainder = share % micro.value;
    if (remainder === 0 || !restsOnStatement(context.plan.values, 'batch.micro')) return;
    const whole = nextMultiple(share, micro.value) * ranks;
    report({
      at: 'batch.micro',
      message: 'micro',
      data: { share, micro: micro.value, remainder },
      related: ['rollout.miniBatch', 'parallel.data'],
      fixes: [
        smallerMicroBatch(share, micro.value),
        {
          title: `Set mini batch ${whole}: ${microBatches(whole / ranks / micro.value)} on each rank`,
          safety: 'changes-training',
          edits: [setField('rollout.miniBatch', whole)],
        },
      ],
    });
  },
});

/** The largest smaller micro batch that divides a rank's share; it changes no gradient. */
function smallerMicroBatch(share: number, micro: number): Fix {
  const smaller = largestDivisorUpTo(share, micro - 1);
  return {
    title: `Set micro batch ${smaller}: ${microBatches(share / smaller)} on each rank, same mini batch`,
    safety: 'changes-training',
    edits: [setField('batch.micro', smaller)],
  };
}

function microBatches(count: number): string {
  return `${count} micro ${count === 1 ? 'batch' : 'batches'}`;
}
