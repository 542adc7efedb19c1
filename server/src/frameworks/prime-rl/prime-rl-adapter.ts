import schema from '../../../../schemas/prime-rl.schema.json' with { type: 'json' };
import { defineAdapter } from '../kit/define-adapter.ts';
import { weigh } from '../kit/evidence.ts';
import type { Adapter, JsonSchema } from '../types.ts';
import { primeRlIssues } from './prime-rl-issues.ts';
import { PRIME_RL_KEYS } from './prime-rl-keys.ts';
import { PRIME_RL_DERIVATIONS, settlePrimeRl } from './settle-prime-rl.ts';

/** prime-rl's TOML for reinforcement learning and fine-tuning. */
export const primeRlAdapter: Adapter = defineAdapter({
  id: 'prime-rl',
  title: 'prime-rl',
  loaders: { toml: 'toml' },
  recognise: (input) =>
    input.tree.format !== 'toml'
      ? undefined
      : weigh(input, [
          { key: 'orchestrator', weight: 60 },
          { key: 'trainer.model', weight: 20 },
          { key: 'trainer.optim', weight: 20 },
          { key: 'inference.vllm', weight: 20 },
          { key: 'deployment.num_train_gpus', weight: 20 },
          { key: 'deployment.num_train_nodes', weight: 20 },
          { key: 'monitors.wandb', weight: 15 },
          { key: 'data.seq_len', weight: 20 },
          { key: 'data.batch_size', weight: 10 },
          { key: 'data.micro_batch_size', weight: 15 },
          { key: 'optim.lr', weight: 15 },
          { key: 'model.name', weight: 5 },
          { key: 'max_steps', weight: 5 },
          { key: 'model.flavor', weight: -100 },
          { key: 'tool', weight: -200 },
          { key: 'project', weight: -200 },
        ]),
  keys: PRIME_RL_KEYS,
  // The imported file is data of the schema's own form; its inferred type is only narrower.
  schema: schema as unknown as JsonSchema,
  // Its models forbid extra fields, but fields come and go between releases.
  policy: { unknownKeys: 'refused', ownKeys: true, castsNumbers: () => true },
  settle: settlePrimeRl,
  derivations: PRIME_RL_DERIVATIONS,
  issues: primeRlIssues,
});
