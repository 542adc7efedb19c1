import { castNumber } from '../kit/key.ts';
import { excludes, foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const POLICY = 'NeMo-RL: nemo_rl/models/policy/lm_policy.py';
const GRPO = 'NeMo-RL: nemo_rl/algorithms/grpo.py';
const DPO = 'NeMo-RL: nemo_rl/algorithms/dpo.py';
const MEGATRON = 'NeMo-RL: nemo_rl/models/megatron/setup.py';
const AUTOMODEL = 'NeMo-RL: nemo_rl/models/automodel/setup.py';

const PACKING = 'policy.sequence_packing.enabled';
const DYNAMIC = 'policy.dynamic_batching.enabled';
const VLLM = 'policy.generation.vllm_cfg';

const isOn = (around: Around, key: string): boolean => isTrue(around.get(key) ?? null);
const isOff = (around: Around, key: string): boolean => around.get(key) === false;
const numberAt = (around: Around, key: string): number | undefined => castNumber(around.get(key) ?? null);
const usesMegatron = (around: Around): boolean => isOn(around, 'policy.megatron_cfg.enabled');
const usesDtensor = (around: Around): boolean => isOn(around, 'policy.dtensor_cfg.enabled');

/** The key, where it is on, asks for another that is said to be off. */
const needsOn = (key: string, other: string, when: (around: Around) => boolean, cite: string): KeyCheck =>
  requires(key, {
    when: (value, around) => isTrue(value) && when(around),
    requires: `${other.slice(other.lastIndexOf('.') + 1)}: true`,
    found: (around) => (isOff(around, other) ? 'false' : undefined),
    effect: 'refused',
    cite,
  });

/** Neither packs nor sorts a batch: preference pairs stand in an order. */
const notInDpo = (key: string): KeyCheck =>
  requires(key, {
    when: isTrue,
    requires: 'a run other than DPO',
    found: (around) => (around.has('dpo') && !around.has('grpo') && !around.has('sft') ? 'dpo' : undefined),
    effect: 'refused',
    cite: DPO,
  });

/** 8-bit keys and values in the engine. */
const fp8Cache = (found: (around: Around) => string | undefined, need: string): KeyCheck =>
  requires(`${VLLM}.kv_cache_dtype`, {
    when: (value, around) => String(value).startsWith('fp8') && around.get('policy.generation.backend') === 'vllm',
    requires: need,
    found,
    effect: 'refused',
    cite: GRPO,
  });

/** What the setup of a run refuses. Read at the head of August 2026. */
export const NEMO_RL_CHECKS: readonly KeyCheck[] = [
  excludes('policy.megatron_cfg.enabled', 'policy.dtensor_cfg.enabled', POLICY, isTrue),
  excludes(DYNAMIC, PACKING, POLICY, isTrue),
  notInDpo(DYNAMIC),
  notInDpo(PACKING),
  requires(DYNAMIC, {
    when: (value, around) => isTrue(value) && usesMegatron(around),
    requires: 'pipeline_model_parallel_size: 1',
    found: (around) => {
      const stages = numberAt(around, 'policy.megatron_cfg.pipeline_model_parallel_size') ?? 1;
      return stages > 1 ? String(stages) : undefined;
    },
    effect: 'refused',
    cite: POLICY,
  }),
  requires('policy.megatron_cfg.context_parallel_size', {
    when: (value, around) => (castNumber(value) ?? 1) > 1 && usesMegatron(around),
    requires: 'sequence_packing.enabled: true',
    found: (around) => (isOff(around, PACKING) ? 'false' : undefined),
    effect: 'refused',
    cite: MEGATRON,
  }),
  requires('policy.dtensor_cfg.context_parallel_size', {
    when: (value, around) => (castNumber(value) ?? 1) > 1 && usesDtensor(around),
    requires: 'sequence_packing.enabled: false',
    found: (around) => (isOn(around, PACKING) ? 'true' : undefined),
    effect: 'refused',
    cite: AUTOMODEL,
  }),
  needsOn('policy.dtensor_cfg.lora_cfg.enabled', 'policy.dtensor_cfg._v2', usesDtensor, POLICY),
  requires('policy.dtensor_cfg.lora_cfg.use_triton', {
    when: (value, around) =>
      isTrue(value) && usesDtensor(around) && isOn(around, 'policy.dtensor_cfg.lora_cfg.enabled'),
    requires: 'tensor_parallel_size: 1',
    found: (around) => {
      const ranks = numberAt(around, 'policy.dtensor_cfg.tensor_parallel_size') ?? 1;
      return ranks > 1 ? String(ranks) : undefined;
    },
    effect: 'refused',
    cite: AUTOMODEL,
  }),
  requires('policy.logprob_batch_size', {
    when: (_value, around) =>
      ((usesMegatron(around) ? numberAt(around, 'policy.megatron_cfg.tensor_model_parallel_size') : undefined) ??
        (usesDtensor(around) ? numberAt(around, 'policy.dtensor_cfg.tensor_parallel_size') : undefined) ??
        1) >= 4 && !isOn(around, 'loss_fn.force_on_policy_ratio'),
    requires: 'train_micro_batch_size under TP 4 and up',
    found: (around) => {
      const [own, training] = [
        numberAt(around, 'policy.logprob_batch_size'),
        numberAt(around, 'policy.train_micro_batch_size'),
      ];
      return own === undefined || training === undefined || own === training ? undefined : String(training);
    },
    // An environment variable lets it pass.
    effect: 'accepted',
    cite: POLICY,
  }),
  requires('policy.logprob_chunk_size', {
    when: (value, around) => (castNumber(value) ?? 0) > 0 && usesMegatron(around),
    requires: 'defer_fp32_logits: true',
    found: (around) => (isOff(around, 'policy.megatron_cfg.defer_fp32_logits') ? 'false' : undefined),
    // Nightly recipes state the pair, so a worker may fill it in.
    effect: 'accepted',
    cite: MEGATRON,
  }),
  requires('grpo.batch_multiplier', {
    when: (value) => (castNumber(value) ?? 1) !== 1,
    requires: 'use_dynamic_sampling: true',
    found: (around) => (isOff(around, 'grpo.use_dynamic_sampling') ? 'false' : undefined),
    effect: 'refused',
    cite: GRPO,
  }),
  {
    key: 'loss_fn.force_on_policy_ratio',
    cite: GRPO,
    wrong: (around) => {
      if (!isOn(around, 'loss_fn.force_on_policy_ratio')) return undefined;
      const [prompts, samples, batch] = [
        'grpo.num_prompts_per_step',
        'grpo.num_generations_per_prompt',
        'policy.train_global_batch_size',
      ].map((key) => numberAt(around, key));
      if (prompts === undefined || samples === undefined || batch === undefined) return undefined;
      if (prompts * samples === batch) return undefined;
      return {
        kind: 'needs-other-key',
        data: { requires: `a batch of ${prompts} × ${samples}`, found: String(batch) },
        effect: 'refused',
      };
    },
  },
  requires('grpo.skip_reference_policy_logprobs_calculation', {
    when: isTrue,
    requires: 'reference_policy_kl_penalty: 0',
    found: (around) => {
      const penalty = numberAt(around, 'loss_fn.reference_policy_kl_penalty');
      return penalty === undefined || penalty === 0 ? undefined : String(penalty);
    },
    effect: 'refused',
    cite: GRPO,
  }),
  needsOn(
    'grpo.async_grpo.enabled',
    `${VLLM}.async_engine`,
    (around) => around.get('policy.generation.backend') === 'vllm',
    `${GRPO}, async_grpo_train`,
  ),
  needsOn(
    'grpo.async_grpo.enabled',
    'loss_fn.use_importance_sampling_correction',
    () => true,
    `${GRPO}, async_grpo_train`,
  ),
  requires(`${VLLM}.precision`, {
    when: (value, around) =>
      value === 'fp8' && around.get('policy.generation.backend') === 'vllm' && around.has('grpo'),
    requires: 'use_importance_sampling_correction: true',
    found: (around) => (isOff(around, 'loss_fn.use_importance_sampling_correction') ? 'false' : undefined),
    effect: 'refused',
    cite: GRPO,
  }),
  fp8Cache((around) => {
    const precision = around.get(`${VLLM}.precision`);
    return precision === undefined || precision === 'fp8'
      ? undefined
      : foundAt(around, `${VLLM}.precision`).replace(`${VLLM}.`, '');
  }, 'precision: fp8'),
  fp8Cache((around) => (usesDtensor(around) ? 'DTensor' : undefined), 'Megatron for the policy'),
  fp8Cache((around) => (isOn(around, `${VLLM}.async_engine`) ? 'true' : undefined), 'async_engine: false'),
];
