import { describe, expect, it } from 'vitest';
import { type Analysis, analyze, codeLenses, type FieldName, setField } from '../../server/src/engine/index.ts';
import { type Workspace, workspaceFiles } from './workspace-files.ts';

/** Analyses the first file with the others beside it. */
function analysisOf(files: Workspace): Analysis {
  const [file = ''] = Object.keys(files);
  return analyze({ file, text: files[file] ?? '', files: workspaceFiles(files), settings: {} });
}

/** Disagreements, as severity, the text they are shown at, and the message. */
function disagreements(files: Workspace): readonly (readonly string[])[] {
  const { findings, text } = analysisOf(files);
  return findings
    .filter(({ rule }) => rule === 'settings-disagree')
    .map(({ severity, at, message }) => [severity, text.slice(at.start, at.end), message]);
}

const TRAINER = `model_name_or_path: Qwen/Qwen2.5-7B
per_device_train_batch_size: 2
learning_rate: 1.0e-5
num_train_epochs: 1
bf16: true
deepspeed: ds.json
`;

const DEEPSPEED = `{
  "train_micro_batch_size_per_gpu": "auto",
  "gradient_accumulation_steps": "auto",
  "gradient_clipping": "auto",
  "zero_optimization": { "stage": 2 }
}`;

const stating = (key: string, value: number): string => DEEPSPEED.replace(`"${key}": "auto"`, `"${key}": ${value}`);

describe('a trainer and the DeepSpeed config it names', () => {
  it('agree where the config leaves everything to the trainer', () => {
    expect(disagreements({ '/w/sft.yaml': TRAINER, '/w/ds.json': DEEPSPEED })).toEqual([]);
  });

  it('disagree where both write a value', () => {
    const files = { '/w/sft.yaml': TRAINER, '/w/ds.json': stating('train_micro_batch_size_per_gpu', 4) };
    expect(disagreements(files)).toEqual([
      ['error', '2', 'The micro batch is 2 in sft.yaml and 4 in ds.json: the run stops at start.'],
    ]);
  });

  it("disagree where the config's value is not the trainer's default, at the key that names the config", () => {
    const files = { '/w/sft.yaml': TRAINER, '/w/ds.json': stating('gradient_accumulation_steps', 4) };
    expect(disagreements(files)).toEqual([
      [
        'error',
        'ds.json',
        'The gradient accumulation is 4 in ds.json and 1 by default in the trainer, which must agree: the run stops at start.',
      ],
    ]);
  });

  it.each([
    ['gradient_clipping', 1, 0],
    ['gradient_clipping', 0.5, 1],
    ['gradient_accumulation_steps', 1, 0],
  ])('compare %s: %s with the default', (key, value, count) => {
    expect(disagreements({ '/w/sft.yaml': TRAINER, '/w/ds.json': stating(key, value) })).toHaveLength(count);
  });

  it('stop the run as well where the config stands in the file itself', () => {
    const inline = TRAINER.replace('ds.json', '{train_micro_batch_size_per_gpu: 4, zero_optimization: {stage: 2}}');
    expect(disagreements({ '/w/sft.yaml': inline })[0]?.[2]).toMatch(
      /^The micro batch is 2 .*the run stops at start\.$/,
    );
  });

  it('say so once for each setting, with every place', () => {
    const config = stating('train_micro_batch_size_per_gpu', 4).replace(
      '"gradient_clipping": "auto"',
      '"gradient_clipping": 5',
    );
    const files = { '/w/sft.yaml': TRAINER, '/w/ds.json': config };
    const found = analysisOf(files).findings.filter(({ rule }) => rule === 'settings-disagree');
    expect(found).toHaveLength(2);
    for (const finding of found) expect(finding.related?.some(({ at }) => at.file === '/w/ds.json')).toBe(true);
  });
});

const SCRIPT_TRAINER = `model_name_or_path: Qwen/Qwen2.5-7B
per_device_train_batch_size: 2
gradient_accumulation_steps: 4
learning_rate: 1.0e-5
num_train_epochs: 1
bf16: true
`;

const LLAMA_FACTORY = `${SCRIPT_TRAINER}stage: sft
finetuning_type: full
dataset: identity
template: qwen
`;

const FSDP = `compute_environment: LOCAL_MACHINE
distributed_type: FSDP
fsdp_config:
  fsdp_sharding_strategy: FULL_SHARD
  fsdp_offload_params: true
mixed_precision: bf16
num_machines: 1
num_processes: 4
`;

const ZERO = `compute_environment: LOCAL_MACHINE
distributed_type: DEEPSPEED
deepspeed_config:
  zero_stage: 2
  gradient_accumulation_steps: 8
mixed_precision: bf16
num_machines: 1
num_processes: 4
`;

function planOf(files: Workspace, fields: readonly FieldName[]): readonly unknown[] {
  const values = analysisOf(files).plans[0]?.plan.values;
  return fields.map((field) => values?.[field]?.value);
}

const SPREAD: readonly FieldName[] = [
  'sharding.engine',
  'sharding.zeroStage',
  'sharding.offloadParameters',
  'parallel.world',
];

describe('a config that a script beside it starts', () => {
  const launch = (options: string, script = 'train.py sft.yaml'): string => `accelerate launch ${options} ${script}\n`;

  it.each([
    ['Hugging Face', SCRIPT_TRAINER],
    ['LLaMA-Factory', LLAMA_FACTORY],
  ])('is spread as the launch config says: %s', (_what, config) => {
    const files = { '/w/a/sft.yaml': config, '/w/a/run.sh': launch('--config_file fsdp.yaml'), '/w/a/fsdp.yaml': FSDP };
    expect(planOf(files, SPREAD)).toEqual(['fsdp1', 3, 'cpu', 4]);
    expect(analysisOf(files).dependencies).toContain('/w/a/fsdp.yaml');
  });

  it.each([
    ['from the root of the repository', '/w/run.sh', '--config_file configs/fsdp.yaml', '/w/configs/fsdp.yaml', 4],
    [
      'by a path from the root, run in a folder',
      '/w/a/run.sh',
      '--config_file configs/fsdp.yaml',
      '/w/configs/fsdp.yaml',
      4,
    ],
    ['with processes of its own', '/w/run.sh', '--config_file fsdp.yaml --num_processes 16', '/w/fsdp.yaml', 16],
    [
      'with processes from outside',
      '/w/run.sh',
      '--config_file fsdp.yaml --num_processes $N',
      '/w/fsdp.yaml',
      undefined,
    ],
  ])('%s', (_where, script, options, config, world) => {
    const files = { '/w/a/sft.yaml': SCRIPT_TRAINER, [script]: launch(options, 'train.py a/sft.yaml'), [config]: FSDP };
    expect(planOf(files, SPREAD)).toEqual(['fsdp1', 3, 'cpu', world]);
  });

  it('has no sharding that is known where the launch config is not there, or options stand for one', () => {
    for (const options of ['--config_file gone.yaml', '--use_deepspeed --zero_stage 3']) {
      const files = { '/w/sft.yaml': SCRIPT_TRAINER, '/w/run.sh': launch(options) };
      expect(planOf(files, ['sharding.engine', 'sharding.zeroStage'])).toEqual([undefined, undefined]);
    }
  });

  it('takes nothing from launch configs that disagree', () => {
    const files = {
      '/w/sft.yaml': SCRIPT_TRAINER,
      '/w/one.sh': launch('--config_file fsdp.yaml'),
      '/w/two.sh': launch('--config_file zero.yaml'),
      '/w/fsdp.yaml': FSDP,
      '/w/zero.yaml': ZERO,
    };
    expect(planOf(files, ['sharding.engine'])).toEqual(['ddp']);
  });

  it('is changed in the launch config where that decides', () => {
    const files = {
      '/w/sft.yaml': SCRIPT_TRAINER,
      '/w/run.sh': launch('--config_file fsdp.yaml'),
      '/w/fsdp.yaml': FSDP,
    };
    const [plan] = analysisOf(files).plans;
    const edits = plan?.write([setField('parallel.world', 8)]);
    expect(edits).toMatchObject([{ file: '/w/fsdp.yaml', text: '8' }]);
    expect(plan?.write([setField('batch.micro', 1)])).toMatchObject([{ file: '/w/sft.yaml', text: '1' }]);
  });

  it('stops where the launch config accumulates otherwise', () => {
    const files = {
      '/w/sft.yaml': SCRIPT_TRAINER,
      '/w/run.sh': launch('--config_file zero.yaml'),
      '/w/zero.yaml': ZERO,
    };
    expect(disagreements(files)).toEqual([
      ['error', '4', 'The gradient accumulation is 4 in sft.yaml and 8 in zero.yaml: the run stops at start.'],
    ]);
  });

  it.each([
    ['--num_gpus 8', 8, 'run.sh, line 1, one node unless there is a hostfile'],
    ['--num_gpus=4 --num_nodes=2', 8, undefined],
    ['--num_gpus 8 --hostfile hosts', undefined, undefined],
    ['--num_gpus $N', undefined, undefined],
    ['', undefined, undefined],
  ])('has as many nodes as deepspeed finds: %s', (options, world, setting) => {
    const files = { '/w/sft.yaml': SCRIPT_TRAINER, '/w/run.sh': `deepspeed ${options} train.py sft.yaml\n` };
    expect(planOf(files, ['parallel.world'])).toEqual([world]);
    const nodes = analysisOf(files).plans[0]?.plan.values['parallel.nodes'];
    if (setting !== undefined) expect(nodes).toMatchObject({ value: 1, origin: 'setting', setting });
  });
});

describe('a command that starts torchrun by its environment', () => {
  const worldOf = (environment: string) =>
    planOf({ '/w/run.sh': `${environment} swift sft --model m --learning_rate 1e-4 --tuner_type lora --dataset d\n` }, [
      'parallel.world',
    ])[0];

  it('runs on one node unless the environment says more', () => {
    expect(worldOf('NPROC_PER_NODE=2')).toBe(2);
    expect(worldOf('NNODES=2 NPROC_PER_NODE=4')).toBe(8);
    expect(worldOf('NNODES=$N NPROC_PER_NODE=4')).toBeUndefined();
  });
});

describe('a file that only says how a run is spread', () => {
  const trainer = (path: string) =>
    TRAINER.replace('ds.json', path).replace('learning_rate', 'packing: true\nlearning_rate');
  const lenses = (files: Workspace) =>
    codeLenses(analysisOf(files)).map(({ title, file }) => [title.split(': ')[0], file]);

  it.each([
    ['beside it', '/w/ds.json', '/w/sft.yaml', 'ds.json', 'sft.yaml'],
    ['by a path from there', '/w/configs/ds.json', '/w/train/sft.yaml', '../configs/ds.json', 'train/sft.yaml'],
    [
      'by a path from the root',
      '/w/a/deepspeed/ds.json',
      '/w/a/train/sft.yaml',
      'a/deepspeed/ds.json',
      'train/sft.yaml',
    ],
  ])('tells what the run that names it takes: %s', (_where, own, user, path, shown) => {
    const files = { [own]: DEEPSPEED, [user]: trainer(path) };
    expect(lenses(files)).toEqual([[shown, user]]);
    expect(codeLenses(analysisOf(files))[0]?.title).toContain('GPU memory');
  });

  it('is found through the launch config that names it, and through the script that starts both', () => {
    const launched = ZERO.replace('zero_stage: 2\n  gradient_accumulation_steps: 8', 'deepspeed_config_file: ds.json');
    const run = 'accelerate launch --config_file acc.yaml train.py sft.yaml\n';
    const files = { '/w/ds.json': DEEPSPEED, '/w/acc.yaml': launched, '/w/sft.yaml': SCRIPT_TRAINER, '/w/run.sh': run };
    expect(lenses(files)).toEqual([['sft.yaml', '/w/sft.yaml']]);
    const { '/w/acc.yaml': own, ...others } = files;
    expect(lenses({ '/w/acc.yaml': own, ...others })).toEqual([['sft.yaml', '/w/sft.yaml']]);
  });

  it('has no user where another file of that name is meant', () => {
    const files = { '/w/a/ds.json': DEEPSPEED, '/w/b/ds.json': DEEPSPEED, '/w/b/sft.yaml': trainer('ds.json') };
    expect(analysisOf(files).users()).toEqual([]);
  });

  it('is asked of such files alone', () => {
    expect(analysisOf({ '/w/sft.yaml': trainer('ds.json'), '/w/other.yaml': trainer('sft.yaml') }).users()).toEqual([]);
  });
});
