import { describe, expect, it } from 'vitest';
import { issueLines, planTable, readConfig, recognisedAs } from '../read-config.ts';

const SFT = `model_name_or_path: allenai/OLMo-2-1124-7B
dataset_mixer_list: [allenai/tulu-3-sft-mixture, 1.0]
max_seq_length: 4096
per_device_train_batch_size: 1
gradient_accumulation_steps: 16
learning_rate: 5.0e-6
num_train_epochs: 2
lr_scheduler_type: linear
checkpointing_steps: 1000
with_tracking: true
gradient_checkpointing: true
`;

describe('an open-instruct config', () => {
  it('is a plan with the defaults of its script', () => {
    expect(planTable(readConfig({ 'configs/sft/a.yaml': SFT }))).toMatchSnapshot();
  });

  it('is for the DPO script by its keys or its folder, whose defaults are others', () => {
    const byKey = readConfig({ 'a.yaml': `${SFT.replace('num_train_epochs', 'num_epochs')}beta: 5.0\n` });
    expect(byKey.value('run.objective')).toBe('dpo');
    expect(byKey.value('preference.beta')).toBe(5);
    expect(byKey.value('optimizer.weightDecay')).toBeUndefined();
    expect(readConfig({ 'train_configs/dpo/a.yaml': SFT }).value('run.objective')).toBe('dpo');
  });

  it('quantises and adapts with the ranks of its script', () => {
    const read = readConfig({ 'a.yaml': `${SFT}use_lora: true\nuse_qlora: true\n` });
    expect(read.value('adapter.kind')).toBe('lora');
    expect(read.value('adapter.rank')).toBe(64);
    expect(read.value('adapter.quantization')).toBe('nf4');
    expect(read.value('adapter.targets')).toHaveLength(7);
  });

  it('tells of a number that arrives as text, and offers to write it as a number', () => {
    const read = readConfig({ 'a.yaml': SFT.replace('5.0e-6', '5e-6') });
    expect(issueLines(read)).toEqual(['number-read-as-text | learning_rate | misread | 5e-6 | 0.000005']);
    expect(read.reading.issues[0]?.mend?.edits).toEqual([{ file: 'a.yaml', path: ['learning_rate'], to: 5e-6 }]);
  });

  it('tells of a key its parser refuses', () => {
    expect(issueLines(readConfig({ 'a.yaml': `${SFT}weight_decy: 0.0\n` }))).toEqual([
      'unknown-key | weight_decy | refused | weight_decay',
    ]);
  });
});

describe('a command of open-instruct', () => {
  const command = (script: string) =>
    `python mason.py --gpus 8 -- torchrun --nproc_per_node=8 open_instruct/${script} --model_name_or_path a/b --dataset_mixer_list a/b 1.0 --with_tracking --checkpointing_steps 500 --num_epochs 2 --learning_rate 8e-5\n`;

  it('fine-tunes or prefers by the script that it starts, whatever its keys', () => {
    const read = (script: string) => readConfig({ 'run.sh': command(script) }).value('run.objective');
    expect(read('olmo_core_finetune.py')).toBe('sft');
    expect(read('dpo_tune_cache.py')).toBe('dpo');
  });

  it('splits a sequence and clips as OLMo-core’s script is told, and has none of the other’s defaults', () => {
    const options = ' --cp_degree 2 --cp_strategy ulysses --max_grad_norm 1.0\n';
    const config = readConfig({ 'run.sh': command('olmo_core_finetune.py').replace('\n', options) });
    expect(config.value('parallel.ulysses')).toBe(2);
    expect(config.value('optimizer.maxGradNorm')).toBe(1);
    expect(config.value('activations.checkpointing')).toBeUndefined();
    expect(config.value('schedule.warmupRatio')).toBeUndefined();
  });

  it('is sharded as the DeepSpeed file that its launcher names says', () => {
    const text = command('finetune.py').replace(
      'torchrun --nproc_per_node=8',
      'accelerate launch --use_deepspeed --deepspeed_config_file zero.json',
    );
    const config = readConfig({ 'run.sh': text, 'zero.json': '{"zero_optimization": {"stage": 3}}' });
    expect(config.value('sharding.engine')).toBe('deepspeed');
    expect(config.value('sharding.zeroStage')).toBe(3);
    expect(readConfig({ 'run.sh': text }).value('sharding.zeroStage')).toBeUndefined();
  });

  it('is none of these where it samples or trains a reward model', () => {
    expect(recognisedAs('run.sh', command('ppo_vllm_thread.py'))).not.toBe('open-instruct');
    expect(recognisedAs('run.sh', command('reward_modeling.py'))).not.toBe('open-instruct');
    expect(recognisedAs('run.sh', command('finetune.py'))).toBe('open-instruct');
    const few = 'torchrun open_instruct/dpo.py --model_name_or_path m --loss_type dpo_norm --beta 5\n';
    expect(recognisedAs('run.sh', few)).toBe('open-instruct');
    expect(readConfig({ 'run.sh': few }).value('preference.lengthNormalised')).toBe(true);
  });
});
