import { describe, expect, it } from 'vitest';
import { type Analysis, analyze } from '../../server/src/engine/index.ts';
import type { FieldName } from '../../server/src/plan/index.ts';
import { type Workspace, workspaceFiles } from './workspace-files.ts';

const CONFIG = `model_name_or_path: Qwen/Qwen2.5-7B
per_device_train_batch_size: 2
gradient_accumulation_steps: 4
learning_rate: 1e-5
num_train_epochs: 1
bf16: true
`;

/** Analyses the first file with the others beside it. */
function analysisOf(files: Workspace, options: { readonly gpus?: number; readonly canList?: boolean } = {}): Analysis {
  const [file = ''] = Object.keys(files);
  return analyze({
    file,
    text: files[file] ?? '',
    files: workspaceFiles(files, options.canList),
    settings: { gpus: options.gpus },
  });
}

function sourcedOf(analysis: Analysis, field: FieldName): readonly [unknown, string | undefined] {
  const sourced = analysis.plans[0]?.plan.values[field];
  return [sourced?.value, sourced?.origin === 'setting' ? sourced.setting : sourced?.origin];
}

describe('the script that starts a config', () => {
  it('says how many GPUs the run has, and where', () => {
    const analysis = analysisOf({
      '/w/a/sft.yaml': CONFIG,
      '/w/a/run.sh': '#!/bin/bash\n\naccelerate launch \\\n  --num_processes 16 train.py --config sft.yaml\n',
    });
    expect(sourcedOf(analysis, 'parallel.world')).toEqual([16, 'run.sh, line 4']);
    expect(sourcedOf(analysis, 'batch.global')[0]).toBe(2 * 4 * 16);
    expect(analysis.dependencies).toContain('/w/a/run.sh');
  });

  it.each([
    ['one folder up, by its path', '/w/a/run.sh', 'torchrun --nproc_per_node 8 train.py a/b/sft.yaml', 8],
    ['from another machine', '/w/a/run.sh', 'torchrun --nproc_per_node 8 train.py /root/x/b/sft.yaml', 8],
    ['on several nodes', '/w/a/b/x.slurm', '#SBATCH -N 4\nsrun torchrun --nproc-per-node 8 t.py sft.yaml', 32],
    ['as an option of Hydra', '/w/a/b/x.sh', 'torchrun --nproc-per-node 4 t.py config=./sft.yaml', 4],
    ['two folders up', '/w/run.sh', 'torchrun --nproc_per_node 8 train.py a/b/sft.yaml', undefined],
    ['with another config of that name', '/w/a/run.sh', 'torchrun --nproc_per_node 8 train.py c/sft.yaml', undefined],
    ['with another config', '/w/a/b/run.sh', 'torchrun --nproc_per_node 8 train.py dpo.yaml', undefined],
    ['with a number from outside', '/w/a/b/run.sh', 'torchrun --nproc_per_node $N train.py sft.yaml', undefined],
    [
      'with nodes from outside',
      '/w/a/b/run.sh',
      'torchrun --nnodes $N --nproc_per_node 8 train.py sft.yaml',
      undefined,
    ],
    ['only in a comment', '/w/a/b/run.sh', '# torchrun --nproc_per_node 8 train.py sft.yaml', undefined],
  ])('%s', (_where, script, text, world) => {
    expect(sourcedOf(analysisOf({ '/w/a/b/sft.yaml': CONFIG, [script]: `${text}\n` }), 'parallel.world')[0]).toBe(
      world,
    );
  });

  it('says how large a Python run is that it starts', () => {
    const analysis = analysisOf({
      '/w/train.py': 'args = SFTConfig(per_device_train_batch_size=4, learning_rate=1e-5, max_steps=10)\n',
      '/w/run.sh': 'accelerate launch --num_processes 4 train.py\n',
    });
    expect(sourcedOf(analysis, 'parallel.world')).toEqual([4, 'run.sh, line 1']);
  });

  it('counts for nothing where scripts disagree, and once where they agree', () => {
    const run = (gpus: number) => `torchrun --nproc_per_node ${gpus} train.py sft.yaml\n`;
    const files = (one: number, other: number) => ({
      '/w/sft.yaml': CONFIG,
      '/w/one.sh': run(one),
      '/w/other.sh': run(other),
    });
    expect(sourcedOf(analysisOf(files(8, 4)), 'parallel.world')[0]).toBeUndefined();
    expect(sourcedOf(analysisOf(files(8, 8)), 'parallel.world')[0]).toBe(8);
  });

  it('gives way to the config and goes before batchwise.json and the settings', () => {
    const script = { '/w/run.sh': 'torchrun --nproc_per_node 8 train.py sft.yaml\n' };
    const project = { '/w/batchwise.json': '{ "hardware": { "gpus": 2 } }' };
    const world = (files: Workspace) => sourcedOf(analysisOf(files, { gpus: 1 }), 'parallel.world')[0];
    expect(world({ '/w/sft.yaml': `${CONFIG}num_processes: 4\n`, ...script, ...project })).toBe(4);
    expect(world({ '/w/sft.yaml': CONFIG, ...script, ...project })).toBe(8);
    expect(world({ '/w/sft.yaml': CONFIG, ...project })).toBe(2);
    expect(world({ '/w/sft.yaml': CONFIG })).toBe(1);
  });

  it('is not looked for where the host cannot list folders', () => {
    const files = { '/w/sft.yaml': CONFIG, '/w/run.sh': 'torchrun --nproc_per_node 8 train.py sft.yaml\n' };
    const analysis = analysisOf(files, { canList: false });
    expect(sourcedOf(analysis, 'parallel.world')[0]).toBeUndefined();
    expect(analysis.dependencies).not.toContain('/w/run.sh');
  });

  it('is not read beyond a stated length and number', () => {
    const run = 'torchrun --nproc_per_node 8 train.py sft.yaml\n';
    const long = { '/w/sft.yaml': CONFIG, '/w/run.sh': run + '# padding\n'.repeat(20_000) };
    expect(sourcedOf(analysisOf(long), 'parallel.world')[0]).toBeUndefined();
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`/w/a${index + 10}.sh`, 'ls\n']));
    const analysis = analysisOf({ '/w/sft.yaml': CONFIG, ...many, '/w/z.sh': run });
    expect(sourcedOf(analysis, 'parallel.world')[0]).toBeUndefined();
  });
});

describe('a checkpoint in the workspace', () => {
  const TINY = JSON.stringify({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: 256,
    intermediate_size: 1024,
    num_hidden_layers: 4,
    num_attention_heads: 8,
    num_key_value_heads: 2,
    vocab_size: 1000,
    max_position_embeddings: 512,
    tie_word_embeddings: false,
  });
  const config = (name: string) => CONFIG.replace('Qwen/Qwen2.5-7B', name);
  const layers = (files: Workspace) => sourcedOf(analysisOf(files), 'model.layers')[0];

  it.each([
    ['beside the config', './ckpt/tiny', '/w/a/ckpt/tiny/config.json'],
    ['from the root of the workspace', './ckpt/tiny/', '/w/ckpt/tiny/config.json'],
    ['without a dot', 'ckpt/tiny', '/w/ckpt/tiny/config.json'],
    ['by its whole path', '/w/ckpt/tiny', '/w/ckpt/tiny/config.json'],
  ])('%s gives the shape of the model', (_where, name, file) => {
    const files = { '/w/a/sft.yaml': config(name), [file]: TINY };
    expect(layers(files)).toBe(4);
    const parameters = 2 * 256_000 + 4 * (256 * 256 * 2 + 256 * 64 * 2 + 3 * 256 * 1024 + 512) + 256;
    expect(sourcedOf(analysisOf(files), 'model.parameterCount')[0]).toBe(parameters);
    expect(analysisOf(files).dependencies).toContain(file);
  });

  it('goes before the catalogue where the name is a path', () => {
    const files = { '/w/sft.yaml': config('./Qwen/Qwen2.5-7B'), '/w/Qwen/Qwen2.5-7B/config.json': TINY };
    expect(layers(files)).toBe(4);
    expect(sourcedOf(analysisOf(files), 'model.parameterCount')[0]).toBeLessThan(1e7);
  });

  it.each([
    ['broken', '{ "hidden_size": '],
    ['of something else', '{ "name": "app" }'],
    ['no map', '[1]'],
  ])('with a config.json that is %s says nothing', (_what, json) => {
    const analysis = analysisOf({ '/w/sft.yaml': config('./ckpt'), '/w/ckpt/config.json': json });
    expect(sourcedOf(analysis, 'model.layers')[0]).toBeUndefined();
    expect(sourcedOf(analysis, 'model.configJson')[0]).toBeUndefined();
  });

  it('is not looked for outside the workspace', () => {
    const analysis = analysisOf({ '/w/sft.yaml': config('../../etc/ckpt') });
    expect(analysis.dependencies.every((file) => file.startsWith('/w/'))).toBe(true);
  });
});
