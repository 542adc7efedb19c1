import type { Objective, PlanFields, Resident } from '../../plan/index.ts';
import type { Draft } from '../kit/define-adapter.ts';
import { castNumber, key, positive } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

/** NeMo-Aligner's algorithms, each with a section of its own under `trainer`, and what they optimise for. */
const ALGORITHMS: Readonly<Record<string, Objective>> = {
  sft: 'sft',
  dpo: 'dpo',
  kto: 'kto',
  rm: 'reward',
  ppo: 'ppo',
  grpo: 'grpo',
  reinforce: 'rloo',
  knowledge_distillation: 'distillation',
  spin: 'other',
  rs: 'other',
  self_rewarding: 'other',
  generation: 'other',
};

const NAMES: readonly string[] = Object.keys(ALGORITHMS);

/** The algorithm a recipe of NeMo-Aligner is for; undefined for NeMo's own recipes. */
export function algorithmOf(around: Around): string | undefined {
  return NAMES.find((name) => around.has(`trainer.${name}`));
}

export function objectiveOfAlgorithm(around: Around): Objective | undefined {
  const name = algorithmOf(around);
  return name === undefined ? undefined : ALGORITHMS[name];
}

const ROLLING = new Set(['ppo', 'grpo', 'reinforce', 'rs']);

/** Its steps are rounds of rollouts, each with several optimizer steps. */
export function countsRollouts(around: Around): boolean {
  const name = algorithmOf(around);
  return name !== undefined && ROLLING.has(name);
}

/** What one of the batch is. */
export function unitOf(objective: Objective | undefined): PlanFields['batch.unit'] {
  if (objective === 'dpo' || objective === 'reward') return 'pairs';
  return objective === 'ppo' || objective === 'grpo' || objective === 'rloo' ? 'completions' : 'sequences';
}

/** A section makes the file a recipe of its algorithm, so none is begun for a single key. */
function under(section: string): (around: Around) => boolean {
  return (around) => around.has(section);
}

function algorithmRows(name: string): KeyTable {
  return {
    [`trainer.${name}.gradient_clip_val`]: key('optimizer.maxGradNorm', {
      read: (value) => castNumber(value),
      write: (to) => to,
      when: under(`trainer.${name}`),
    }),
  };
}

/** Keys of NeMo-Aligner beside NeMo's own (nemo-aligner: examples/nlp/gpt/conf). */
export const ALIGNER_KEYS: KeyTable = {
  ...Object.assign({}, ...NAMES.map(algorithmRows)),
  'model.dpo.ref_policy_kl_penalty': key('preference.beta', { when: under('model.dpo') }),
  'trainer.ppo.initial_policy_kl_penalty': key('rollout.klCoefficient', { when: under('trainer.ppo') }),
  'trainer.grpo.initial_policy_kl_penalty': key('rollout.klCoefficient', { when: under('trainer.grpo') }),
  'model.ppo.ratio_eps': key('rollout.clipRange', { when: under('model.ppo') }),
  'model.grpo.ratio_eps': key('rollout.clipRange', { when: under('model.grpo') }),
  'model.ppo.num_rollout_samples': key('rollout.batch', {
    read: positive,
    write: (to) => to,
    when: under('model.ppo'),
  }),
};

/** The reference's weights wait in host memory (nemo-aligner: nemo_aligner/utils/utils.py, retrieve_model_state_dict_in_cpu). */
export function residentsOfAligner({ builder }: Draft): readonly Resident[] {
  const objective = builder.value('run.objective');
  const kind = builder.value('adapter.kind');
  const compares = objective === 'dpo' || objective === 'kto' || objective === 'ppo' || objective === 'grpo';
  if (!compares || kind === 'lora') return [];
  const offload = { value: 'cpu', origin: 'default', cite: 'nemo-aligner: nemo_aligner/utils/utils.py' } as const;
  return [{ role: 'reference', trainable: false, offload }];
}
