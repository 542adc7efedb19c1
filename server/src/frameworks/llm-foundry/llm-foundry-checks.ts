import { isSet, type KeyCheck, requires } from '../kit/key-checks.ts';
import type { Around } from '../types.ts';

const INIT = 'LLM Foundry: llmfoundry/utils/config_utils.py, process_init_device';

const noFsdp = (around: Around): string | undefined =>
  isSet(around.get('fsdp_config') ?? null) || (around.has('fsdp_config') && around.get('fsdp_config') === undefined)
    ? undefined
    : 'none';

const hasExperts = (around: Around): string | undefined => {
  const kind = around.get('model.ffn_config.ffn_type');
  return typeof kind === 'string' && kind.startsWith('mb_') ? kind : undefined;
};

/** What the training script makes of where weights are created and how they are split. */
export const LLM_FOUNDRY_CHECKS: readonly KeyCheck[] = [
  requires('model.init_device', {
    when: (value) => value === 'meta',
    requires: 'fsdp_config for meta',
    found: noFsdp,
    // The weights are created on the CPU instead.
    effect: 'dropped',
    cite: INIT,
  }),
  requires('model.init_device', {
    when: (value) => value === 'mixed',
    requires: 'fsdp_config for mixed',
    found: noFsdp,
    effect: 'refused',
    cite: INIT,
  }),
  ...['strategy', 'tensor_parallel_degree'].map((name) =>
    requires('tp_config', {
      when: isSet,
      requires: name,
      found: (around) => (around.has(`tp_config.${name}`) ? undefined : 'none'),
      effect: 'refused',
      cite: INIT,
    }),
  ),
  requires('tp_config', {
    when: isSet,
    requires: 'a model without experts',
    found: hasExperts,
    effect: 'refused',
    cite: INIT,
  }),
];
