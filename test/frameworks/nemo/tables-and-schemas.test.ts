import { describe, expect, it } from 'vitest';
import { pathOf } from '../../../server/src/frameworks/kit/around.ts';
import { schemaAt } from '../../../server/src/frameworks/kit/schema-at.ts';
import { megatronLmAdapter } from '../../../server/src/frameworks/megatron-lm-args/megatron-lm-adapter.ts';
import { MEGATRON_LM_KEYS } from '../../../server/src/frameworks/megatron-lm-args/megatron-lm-keys.ts';
import { nemoAdapter } from '../../../server/src/frameworks/nemo/nemo-adapter.ts';
import { NEMO_KEYS } from '../../../server/src/frameworks/nemo/nemo-keys.ts';
import { automodelAdapter } from '../../../server/src/frameworks/nemo-automodel/automodel-adapter.ts';
import { AUTOMODEL_KEYS } from '../../../server/src/frameworks/nemo-automodel/automodel-keys.ts';
import { nemoRlAdapter } from '../../../server/src/frameworks/nemo-rl/nemo-rl-adapter.ts';
import { NEMO_RL_KEYS } from '../../../server/src/frameworks/nemo-rl/nemo-rl-keys.ts';

describe.each([
  ['NeMo', NEMO_KEYS, nemoAdapter.schema],
  ['NeMo-RL', NEMO_RL_KEYS, nemoRlAdapter.schema],
  ['NeMo Automodel', AUTOMODEL_KEYS, automodelAdapter.schema],
  ['Megatron-LM', MEGATRON_LM_KEYS, megatronLmAdapter.schema],
])('the schema of %s', (_name, keys, schema) => {
  it('describes every key that is read', () => {
    const silent = Object.keys(keys).filter((key) => {
      const described = schema === undefined ? undefined : schemaAt(schema, pathOf(key));
      return described?.description === undefined || described.description === '';
    });
    expect(silent).toEqual([]);
  });
});
