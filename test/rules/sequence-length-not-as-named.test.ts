import type { TrainingPlan } from '../../server/src/plan/index.ts';
import { sequenceLengthNotAsNamed } from '../../server/src/rules/sequence-length-not-as-named.ts';
import { byDefault, planOf } from './plan-of.ts';
import { testRule } from './test-rule.ts';

const LENGTH = 'data.sequenceLength';

/** A plan of that many tokens a sequence in a file of that name. */
function named(file: string, tokens: number): TrainingPlan {
  return { ...planOf({ [LENGTH]: tokens }), at: { file, start: 0, end: 0 } };
}

testRule(sequenceLengthNotAsNamed, {
  quiet: [
    named('/conf/40b_16k.yaml', 16384),
    named('/conf/16k/40b.yaml', 32768),
    // The batch, the steps or the data set has that many thousands.
    named('/conf/lamb_64k.yaml', 512),
    named('/conf/ultrachat_10k.yaml', 4096),
    named('/conf/llama_2k.yaml', 4096),
    named('/conf/long_context_4k_to_32k.yaml', 32768),
    named('/conf/glm_4k_cudnn_128k.yaml', 16384),
    named('/conf/bsz4k.yaml', 8192),
    { ...planOf({ [LENGTH]: byDefault(2048) }), at: { file: '/conf/7b_8k.yaml', start: 0, end: 0 } },
  ],
  fires: [
    {
      plan: named('/conf/40b_16k.yaml', 32768),
      message: 'other',
      at: LENGTH,
      says: ['32,768', '16k'],
      fixed: { [LENGTH]: 16384 },
    },
    { plan: named('C:/conf/llama-seq64k.yml', 32768), message: 'other', at: LENGTH, fixed: { [LENGTH]: 65536 } },
  ],
});
