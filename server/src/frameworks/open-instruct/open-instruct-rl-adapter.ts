import { derive, type Resident } from '../../plan/index.ts';
import { assumeZeroDefaults } from '../hf-family/join-deepspeed.ts';
import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import type { Adapter, Evidence, Recognisable } from '../types.ts';
import { GRPO, OPEN_INSTRUCT_RL_KEYS, onFsdp, SCRIPT, stepsPerBatch } from './open-instruct-rl-keys.ts';

/** What every release of the scripts is named by; those of PPO have other arguments. */
const STARTED = /(?:^|\/)grpo(?:_fast|_vllm_thread_ray_gtrl)?\.py$/;

/**
 * open-instruct's scripts for GRPO: GPUs that learn and GPUs that sample are apart, a batch of completions is packed
 * into rows, and mini-batches are counted, not sized.
 */
export const openInstructRlAdapter: Adapter = defineAdapter({
  id: 'open-instruct-rl',
  title: 'open-instruct GRPO',
  loaders: {},
  recognise,
  keys: OPEN_INSTRUCT_RL_KEYS,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  settle,
  residents: residentsOf,
  derivations: [
    derive(
      'rollout.batch',
      ['rollout.promptsPerStep', 'rollout.generations'],
      'prompts × completions of each',
      (prompts, generations) => prompts * generations,
    ),
    derive(
      'rollout.rounds',
      ['rollout.episodes', 'rollout.batch'],
      'completions in all / completions a batch',
      (episodes, batch) => Math.floor(episodes / batch),
    ),
  ],
});

function recognise({ tree }: Recognisable): Evidence | undefined {
  const started = tree.format === 'shell' ? (tree.launches?.[0]?.started ?? '') : '';
  if (!STARTED.test(started)) return undefined;
  const keys = new Set(tree.root?.kind === 'map' ? tree.root.entries.map(({ key }) => key) : []);
  const own = ['num_unique_prompts_rollout', 'num_samples_per_prompt_rollout', 'dataset_mixer_list', 'response_length'];
  return own.some((name) => keys.has(name)) ? { score: 95, reasons: ['the script that is started'] } : undefined;
}

function settle(draft: Draft): void {
  const { builder, around } = draft;
  builder.assumeAll(
    {
      'run.task': 'causal-lm',
      'run.objective': 'grpo',
      'rollout.algorithm': 'grpo',
      'rollout.engine': 'vllm',
      'data.packing': true,
      'adapter.kind': 'none',
      'parallel.tensor': 1,
      'parallel.pipeline': 1,
      'parallel.context': 1,
      'run.fromScratch': false,
    },
    SCRIPT,
  );
  settleSteps(draft);
  if (onFsdp(around)) return;
  builder.assumeAll(
    {
      'optimizer.beta1': 0.9,
      'optimizer.beta2': 0.999,
      'optimizer.epsilon': 1e-8,
    },
    'torch: torch/optim/adamw.py',
  );
  builder.assumeAll(
    {
      'activations.checkpointing': 'full',
      'model.attention': 'flash',
      'loss.kernel': 'plain',
      'sharding.engine': 'deepspeed',
      'precision.weights': 'bf16',
      'precision.compute': 'bf16',
      'precision.autocast': 'off',
      'precision.master': 'fp32',
      'precision.gradients': 'fp32',
    },
    `${SCRIPT}, open_instruct/utils.py (get_train_ds_config)`,
  );
  // Compiled, so that no log-probabilities of the whole vocabulary are kept.
  builder.assume('loss.logProbabilities', 'logsumexp', 'open-instruct: open_instruct/model_utils.py');
  assumeZeroDefaults(draft);
}

/** The optimizer steps of the run; a share of them warms up. */
function settleSteps({ builder, around }: Draft): void {
  const each = stepsPerBatch(around);
  const [episodes, prompts, generations] = [
    builder.value('rollout.episodes'),
    builder.value('rollout.promptsPerStep'),
    builder.value('rollout.generations'),
  ];
  if (each === undefined || episodes === undefined || prompts === undefined || generations === undefined) return;
  const steps = Math.floor(episodes / (prompts * generations)) * each;
  if (steps >= 1) builder.infer('schedule.totalSteps', steps, 'batches of completions × mini-batches × passes');
}

/** The reference is loaded whatever its penalty weighs, unless told otherwise; an engine shares a GPU in tests alone. */
function residentsOf({ builder, around, tree }: Draft): readonly Resident[] {
  const residents: Resident[] = [];
  if (around.get('load_ref_policy') !== false) residents.push({ role: 'reference', trainable: false });
  if (builder.value('rollout.colocated') !== true) return residents;
  const node = around.node('vllm_gpu_memory_utilization');
  const share = builder.value('rollout.memoryShare');
  if (share === undefined) return residents;
  const memoryShare =
    node === undefined ? ({ value: share, origin: 'default', cite: GRPO } as const) : explicit(tree, node, share);
  return [...residents, { role: 'rollout-engine', trainable: false, memoryShare }];
}
