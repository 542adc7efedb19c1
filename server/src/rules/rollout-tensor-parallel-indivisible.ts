import { defineRule } from './support/define-rule.ts';
import { isStated, restsOnStatement } from './support/stated.ts';

export const rolloutTensorParallelIndivisible = defineRule({
  id: 'rollout-tensor-parallel-indivisible',
  severity: 'error',
  summary: 'The rollout engine does not split over its tensor-parallel ranks',
  since: '0.1.0',
  needs: ['rollout.tensorParallel'],
  wants: ['parallel.world', 'rollout.colocated', 'model.heads'],
  messages: {
    heads:
      '{heads} attention heads do not divide over the {ranks} tensor-parallel ranks of the rollout engine: it refuses to start.',
    world:
      '{world} GPUs do not divide into rollout engines of {ranks} tensor-parallel ranks: some would have no engine.',
  },
  sources: [
    'verl: verl/workers/fsdp_workers.py, _build_rollout',
    'vLLM: vllm/config/model.py, verify_with_parallel_config',
    'TRL: trl/trainer/grpo_trainer.py, vllm_tensor_parallel_size',
  ],

  check(fields, report, context) {
    const ranks = fields['rollout.tensorParallel'];
    if (!isStated(ranks) || ranks.value <= 1 || !Number.isInteger(ranks.value)) return;
    const heads = fields['model.heads']?.value;
    if (heads !== undefined && heads % ranks.value !== 0) {
      report({
        at: 'rollout.tensorParallel',
        message: 'heads',
        data: { heads, ranks: ranks.value },
        related: ['model.heads'],
      });
      return;
    }
    const world = fields['parallel.world'];
    // An engine on GPUs of its own need not divide those of training.
    if (world === undefined || fields['rollout.colocated']?.value !== true) return;
    if (!restsOnStatement(context.plan.values, 'parallel.world') || world.value % ranks.value === 0) return;
    report({
      at: 'rollout.tensorParallel',
      message: 'world',
      data: { world: world.value, ranks: ranks.value },
      related: ['parallel.world'],
    });
  },
});
