import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig, rewritten } from '../read-config.ts';

const RL = `max_steps = 200
seq_len = 8192

[model]
name = "Qwen/Qwen3-4B"

[deployment]
num_train_gpus = 4
num_infer_gpus = 4

[trainer.model]
cp = 2
attn = "flash_attention_3"

[trainer.optim]
lr = 3e-6

[orchestrator]
batch_size = 256
group_size = 16

[orchestrator.train.sampling]
max_completion_tokens = 4096

[inference.vllm]
gpu_memory_utilization = 0.7
`;

const SFT = `max_steps = 100

[model]
name = "Qwen/Qwen3-0.6B"

[data]
type = "sft"
batch_size = 32
micro_batch_size = 2
seq_len = 4096

[optim]
lr = 1e-5

[deployment]
num_train_gpus = 2
`;

describe('a prime-rl config', () => {
  it('is a reinforcement-learning plan of packed sequences on the training GPUs', () => {
    expect(planTable(readConfig({ 'rl.toml': RL }))).toMatchSnapshot();
  });

  it('is a fine-tuning plan whose batch is global', () => {
    expect(planTable(readConfig({ 'sft.toml': SFT }))).toMatchSnapshot();
  });

  it('has its optimizer states on the host between steps, or for good with the gradients, or not at all', () => {
    const away = (keys: string) =>
      readConfig({ 'rl.toml': RL.replace('cp = 2', `cp = 2\n${keys}`) }).value('sharding.awayStates');
    expect(away('')).toBe('between-steps');
    expect(away('optim_cpu_offload = false')).toBeUndefined();
    expect(away('optim_cpu_offload = false\nfull_offload = true')).toBe('with-gradients');
  });

  it('counts GPUs over nodes', () => {
    const nodes = RL.replace(
      'num_train_gpus = 4\nnum_infer_gpus = 4',
      'type = "multi_node"\nnum_train_nodes = 2\nnum_infer_nodes = 1',
    );
    const read = readConfig({ 'a.toml': nodes });
    expect(read.value('parallel.world')).toBe(16);
    expect(issueLines(read)).toEqual(['needs-other-key | deployment.type | refused | slurm | set']);
    expect(issueLines(readConfig({ 'a.toml': `${nodes}\n[slurm]\njob_name = "x"\n` }))).toEqual([]);
  });

  it('trains an adapter where there is a section for one, and none where the word says so', () => {
    const lora = readConfig({
      'a.toml': `${SFT}\n[model.lora]\nrank = 8\n`.replace('[model]\n', '[model]\nac = "None"\n'),
    });
    expect(lora.value('adapter.kind')).toBe('lora');
    expect(lora.value('adapter.rank')).toBe(8);
    expect(lora.value('activations.checkpointing')).toBe('none');
    expect(readConfig({ 'a.toml': SFT }).value('adapter.kind')).toBe('none');
  });

  it('tells of what its validators refuse', () => {
    const lines = (text: string) => issueLines(readConfig({ 'a.toml': text }));
    const rl = '[trainer.optim]\nlr = 1e-6\n[orchestrator]\nbatch_size = 100\ngroup_size = 16\nseq_len = 2048\n';
    expect(lines(rl)).toEqual(['not-allowed | orchestrator.batch_size | refused | 100 | a multiple of group_size 16']);
    expect(lines(rl.replace('100', '96'))).toEqual([]);
    expect(lines(SFT.replace('micro_batch_size = 2', 'micro_batch_size = 3'))).toEqual([
      'not-allowed | data.batch_size | refused | 32 | a multiple of micro_batch_size 3',
    ]);
    expect(lines(SFT.replace('[optim]', '[optim]\nweigth_decay = 0.1'))).toEqual([
      'unknown-key | optim.weigth_decay | refused | weight_decay',
    ]);
    expect(lines(RL)).toEqual([]);
  });

  it('writes back to the section that counts', () => {
    expect(rewritten({ 'a.toml': RL }, { set: 'optimizer.peakLearningRate', to: 1e-6 })?.['a.toml']).toContain(
      '[trainer.optim]\nlr = 1e-6',
    );
  });
});
