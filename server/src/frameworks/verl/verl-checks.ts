import { castNumber } from '../kit/key.ts';
import { foundAt, isTrue, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const VALIDATE = 'verl: verl/utils/config.py, validate_config';
const ROLLOUT_CONFIG = 'verl: verl/workers/config/rollout.py';
const ACTOR_CONFIG = 'verl: verl/workers/config/actor.py';

const ACTOR = 'actor_rollout_ref.actor';
const ROLLOUT = 'actor_rollout_ref.rollout';

const numberAt = (around: Around, key: string): number | undefined => castNumber(around.get(key) ?? null);

/** Engines that split a model by tensors alone. */
const WITHOUT_PIPELINE: ReadonlySet<string> = new Set(['vllm', 'sglang', 'trtllm']);

/** Sequences split over ranks are unpadded first. */
const unpadded = (key: string, model: string, cite: string): KeyCheck =>
  requires(key, {
    when: (value, around) =>
      (castNumber(value) ?? 1) > 1 && /^fsdp2?$/.test(String(around.get(key.replace(/[^.]+$/, 'strategy')) ?? 'fsdp')),
    requires: 'use_remove_padding: true',
    found: (around) => (around.get(`${model}.use_remove_padding`) === false ? 'false' : undefined),
    effect: 'refused',
    cite,
  });

/** What verl's validation refuses or remarks on. Read at 0.8 development; rows name the release where releases differ. */
export const VERL_CHECKS: readonly KeyCheck[] = [
  requires('algorithm.use_kl_in_reward', {
    when: isTrue,
    requires: 'use_kl_loss: false to count KL once',
    found: (around) => (isTrue(around.get(`${ACTOR}.use_kl_loss`) ?? null) ? 'true' : undefined),
    effect: 'accepted',
    cite: VALIDATE,
  }),
  requires(`${ROLLOUT}.val_kwargs.do_sample`, {
    when: isTrue,
    requires: 'rollout.temperature above 0',
    found: (around) => {
      const temperature = numberAt(around, `${ROLLOUT}.temperature`);
      return temperature === undefined || temperature > 0 ? undefined : String(temperature);
    },
    effect: 'refused',
    cite: VALIDATE,
  }),
  unpadded(`${ACTOR}.ulysses_sequence_parallel_size`, 'actor_rollout_ref.model', ACTOR_CONFIG),
  unpadded('critic.ulysses_sequence_parallel_size', 'critic.model', 'verl: verl/workers/config/critic.py'),
  {
    key: `${ROLLOUT}.mode`,
    cite: ROLLOUT_CONFIG,
    wrong: (around) =>
      around.get(`${ROLLOUT}.mode`) === 'sync'
        ? { kind: 'not-allowed', data: { found: 'sync', expected: 'async alone from 0.7 on' }, effect: 'accepted' }
        : undefined,
  },
  {
    key: `${ROLLOUT}.expert_parallel_size`,
    cite: ROLLOUT_CONFIG,
    wrong: (around) => {
      const [experts, tensor, data = 1] = [
        'expert_parallel_size',
        'tensor_model_parallel_size',
        'data_parallel_size',
      ].map((name) => numberAt(around, `${ROLLOUT}.${name}`));
      if (experts === undefined || experts <= 1 || tensor === undefined || experts === tensor * data) return undefined;
      return {
        kind: 'not-allowed',
        data: { found: experts, expected: `tensor ${tensor} × data ${data}` },
        effect: 'refused',
      };
    },
  },
  requires(`${ROLLOUT}.pipeline_model_parallel_size`, {
    when: (value) => (castNumber(value) ?? 1) > 1,
    requires: 'an engine that has a pipeline',
    found: (around) => {
      const name = around.get(`${ROLLOUT}.name`);
      return typeof name === 'string' && WITHOUT_PIPELINE.has(name)
        ? foundAt(around, `${ROLLOUT}.name`).replace(`${ROLLOUT}.`, '')
        : undefined;
    },
    effect: 'refused',
    cite: ROLLOUT_CONFIG,
  }),
];
