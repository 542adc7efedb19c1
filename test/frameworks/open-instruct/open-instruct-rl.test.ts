import { describe, expect, it } from 'vitest';
import { readConfig, recognisedAs, rewritten } from '../read-config.ts';

const COMMAND = `python mason.py --num_nodes 2 --gpus 8 -- source setup.sh \\&\\& python open_instruct/grpo_fast.py \\
    --num_unique_prompts_rollout 48 \\
    --num_samples_per_prompt_rollout 16 \\
    --dataset_mixer_list a/math 1.0 \\
    --max_prompt_token_length 1024 \\
    --response_length 3072 \\
    --pack_length 4096 \\
    --model_name_or_path allenai/OLMo-2-1124-7B \\
    --learning_rate 5e-7 \\
    --total_episodes 768000 \\
    --deepspeed_stage 3 \\
    --per_device_train_batch_size 1 \\
    --num_mini_batches 2 \\
    --num_learners_per_node 8 4 \\
    --num_epochs 1 \\
    --beta 0.0
`;

const read = (from = '', to = '') => readConfig({ 'run.sh': COMMAND.replace(from, to) });

describe('a script that starts open-instruct’s GRPO', () => {
  it('samples prompts and completions, and packs them into rows', () => {
    const config = read();
    expect(config.adapter.id).toBe('open-instruct-rl');
    expect(config.value('run.objective')).toBe('grpo');
    expect(config.value('rollout.batch')).toBe(768);
    expect(config.value('rollout.promptLength')).toBe(1024);
    expect(config.value('rollout.completionLength')).toBe(3072);
    expect(config.value('batch.micro')).toBe(1);
    expect(config.value('data.sequenceLength')).toBe(4096);
    expect(config.value('data.packing')).toBe(true);
    expect(config.value('batch.global')).toBeUndefined();
  });

  it('counts mini-batches and passes of each batch as steps', () => {
    expect(read().value('rollout.rounds')).toBe(1000);
    expect(read().value('schedule.totalSteps')).toBe(2000);
    expect(read('--num_epochs 1', '--num_epochs 3').value('schedule.totalSteps')).toBe(6000);
    expect(read('--num_epochs 1', '--num_epochs 3').value('schedule.epochs')).toBeUndefined();
    expect(read('--num_epochs 1', '--save_freq 40').value('schedule.saveSteps')).toBeUndefined();
    expect(read('--num_mini_batches 2', '--save_freq 40').value('schedule.saveSteps')).toBe(40);
  });

  it('trains on the learners of all nodes, the samplers apart', () => {
    const config = read();
    expect(config.value('parallel.world')).toBe(12);
    expect(config.value('rollout.colocated')).toBe(false);
    expect(config.value('sharding.zeroStage')).toBe(3);
    expect(config.value('precision.master')).toBe('fp32');
    expect(read('--deepspeed_stage 3 \\\n', '').value('sharding.zeroStage')).toBe(0);
  });

  it('keeps a reference at any weight of the penalty, unless it loads none', () => {
    expect(read().residents.map(({ role }) => role)).toEqual(['reference']);
    expect(read('--beta 0.0', '--beta 0.0 --load_ref_policy False').residents).toEqual([]);
    expect(read('--beta 0.0', '--single_gpu_mode').residents.map(({ role }) => role)).toContain('rollout-engine');
  });

  it('claims nothing of memory where OLMo-core trains', () => {
    const config = read('grpo_fast.py', 'grpo.py');
    expect(config.value('rollout.batch')).toBe(768);
    expect(config.value('sharding.engine')).toBeUndefined();
    expect(config.value('precision.weights')).toBeUndefined();
  });

  it('is known by the script and its arguments', () => {
    expect(recognisedAs('run.sh', COMMAND.replace('_fast.py', '_vllm_thread_ray_gtrl.py'))).toBe('open-instruct-rl');
    const other = 'python grpo_fast.py --per_device_train_batch_size 1 --learning_rate 1e-5 --num_train_epochs 1\n';
    expect(recognisedAs('run.sh', other)).not.toBe('open-instruct-rl');
  });

  it('is changed in place', () => {
    const edited = rewritten({ 'run.sh': COMMAND }, { set: 'rollout.generations', to: 8 })?.['run.sh'];
    expect(edited).toBe(COMMAND.replace('_rollout 16', '_rollout 8'));
  });
});
