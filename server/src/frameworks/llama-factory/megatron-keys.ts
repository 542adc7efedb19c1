import type { Checkpointing } from '../../plan/index.ts';
import type { ConfigValue } from '../../text/index.ts';
import { byDefault, castNumber, key, oneOf } from '../kit/key.ts';
import type { Around, KeyTable } from '../types.ts';

const BRIDGE = 'LLaMA-Factory: src/llamafactory/hparams/megatron_bridge_args.py';
const PARSER = 'LLaMA-Factory: src/llamafactory/hparams/parser.py';

const MEGATRON_KEYS = [
  'tensor_model_parallel_size',
  'pipeline_model_parallel_size',
  'expert_model_parallel_size',
  'virtual_pipeline_model_parallel_size',
  'use_distributed_optimizer',
  'megatron_pretrained_checkpoint',
];

/** Whether the file is for the Megatron trainers: an environment variable chooses them, so their keys are the sign. */
export function isMegatron(around: Around): boolean {
  return (
    around.get('use_mca') === true ||
    around.get('use_megatron_bridge') === true ||
    MEGATRON_KEYS.some((name) => around.has(name))
  );
}

/** One of these keys would choose the Megatron trainers, so they are written for those alone. */
const FOR_MEGATRON = {
  read: (value: ConfigValue) => castNumber(value),
  write: (to: number, around: Around) => (isMegatron(around) ? to : undefined),
};

/** Keys of mcore_adapter and of Megatron Bridge; their sizes are 1 for the other trainers too. */
export const megatronKeys: KeyTable = {
  tensor_model_parallel_size: key('parallel.tensor', { ...FOR_MEGATRON, default: byDefault(1, BRIDGE) }),
  pipeline_model_parallel_size: key('parallel.pipeline', { ...FOR_MEGATRON, default: byDefault(1, BRIDGE) }),
  virtual_pipeline_model_parallel_size: key('parallel.virtualPipeline', { when: isMegatron }),
  context_parallel_size: key('parallel.context', { ...FOR_MEGATRON, default: byDefault(1, BRIDGE) }),
  hyper_parallel_cp_size: key('parallel.ulysses', {
    default: byDefault(1, 'LLaMA-Factory: src/llamafactory/hparams/finetuning_args.py'),
  }),
  expert_model_parallel_size: key('parallel.expert', { ...FOR_MEGATRON, default: byDefault(1, BRIDGE) }),
  sequence_parallel: key('parallel.sequence', { default: byDefault(false, BRIDGE), when: isMegatron }),
  recompute_granularity: key('activations.checkpointing', {
    ...oneOf<Checkpointing>([
      ['full', 'full'],
      ['selective', 'selective'],
      // Nothing is recomputed where no granularity is given.
      [null, 'none'],
    ]),
    default: byDefault<Checkpointing>('none', BRIDGE),
    when: isMegatron,
  }),
  use_packed_sequences: key('data.packing', { when: isMegatron }),
  use_distributed_optimizer: key('sharding.zeroStage', {
    read: (value) => (value === true ? 1 : 0),
    write: (to) => to === 1,
    default: byDefault<0 | 1>(1, BRIDGE),
    when: isMegatron,
  }),
  use_megatron_bridge: key('sharding.engine', {
    read: () => undefined,
    default: byDefault('megatron', PARSER),
    when: isMegatron,
  }),
};
