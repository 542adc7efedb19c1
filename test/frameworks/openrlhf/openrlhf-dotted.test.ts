import { describe, expect, it } from 'vitest';
import { issueLines, readConfig } from '../read-config.ts';

const COMMAND = `ARGS=(
   --actor.num_nodes 2
   --actor.num_gpus_per_node 4
)
ray job submit --address="http://head:8265" -- python3 -m openrlhf.cli.train_ppo_ray \\
   --actor.model_name_or_path meta-llama/Llama-3.1-8B-Instruct \\
   --train.batch_size 64 \\
   --rollout.batch_size 32 \\
   --rollout.n_samples_per_prompt 8 \\
   --data.max_len 3072 \\
   --actor.adam.lr 5e-7 \\
   --algo.advantage.estimator group_norm \\
   --algo.kl.init_coef 0 \\
   --ds.zero_stage 3 \\
   --ds.ring_attn_size 2 \\
   --train.colocate_all \\
   --vllm.enable_sleep \\
   --actor.gradient_checkpointing_enable \\
   \${ARGS[@]}
`;

const read = (text: string) => readConfig({ 'train.sh': text });

describe("OpenRLHF's grouped flags", () => {
  it('say what the flat ones said', () => {
    const plan = read(COMMAND);
    expect(plan.value('batch.global')).toBe(64);
    expect(plan.value('rollout.batch')).toBe(256);
    expect(plan.value('rollout.miniBatch')).toBe(64);
    expect(plan.value('data.sequenceLength')).toBe(3072);
    expect(plan.value('parallel.world')).toBe(8);
    expect(plan.value('parallel.data')).toBe(4);
    expect(plan.value('run.objective')).toBe('grpo');
    expect(plan.value('optimizer.peakLearningRate')).toBe(5e-7);
    expect(plan.value('activations.checkpointing')).toBe('full');
    expect(plan.value('precision.compute')).toBe('bf16');
    expect(plan.residents).toEqual([]);
  });

  it('have defaults of their own', () => {
    expect(read(COMMAND).value('batch.micro')).toBe(1);
    const sft =
      'deepspeed --module openrlhf.cli.train_sft --train.batch_size 256 --model.model_name_or_path m --ds.zero_stage 2\n';
    expect(read(sft).value('batch.micro')).toBe(8);
    expect(read(sft).value('optimizer.peakLearningRate')).toBe(5e-6);
    expect(read(sft).value('run.objective')).toBe('sft');
    expect(read(sft).value('rollout.miniBatch')).toBeUndefined();
  });

  it('are read from the here-document that the scripts keep a command in', () => {
    const text =
      "read -r -d '' run <<EOF\nopenrlhf.cli.train_dpo \\\n   --train.batch_size 128 \\\n   --data.chosen_key chosen \\\n   --adam.lr 5e-7\nEOF\ndeepspeed --module $run\n";
    expect(read(text).value('batch.global')).toBe(128);
    expect(read(text).value('run.objective')).toBe('dpo');
    expect(read(text).value('optimizer.peakLearningRate')).toBe(5e-7);
  });

  it('leave the learning rate open under an optimizer that has its own', () => {
    const muon =
      'deepspeed --module openrlhf.cli.train_sft --train.batch_size 256 --ds.zero_stage 2 --optim muon --adam.lr 1e-5\n';
    expect(read(muon).value('optimizer.peakLearningRate')).toBeUndefined();
  });

  it('are held to what the trainer asserts, too', () => {
    expect(issueLines(read(COMMAND))).toEqual([]);
    const alone = COMMAND.replace('--rollout.n_samples_per_prompt 8', '--rollout.n_samples_per_prompt 1');
    expect(issueLines(read(alone))).toEqual([
      'needs-other-key | algo.advantage.estimator | refused | n_samples_per_prompt above 1 | n_samples_per_prompt: 1',
    ]);
    const engines = COMMAND.replace('--train.colocate_all', '--train.colocate_all --vllm.num_engines 3');
    expect(issueLines(read(engines)).map((line) => line.split(' | ')[1])).toEqual(['vllm.num_engines']);
  });
});
