import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits, type ConfigValue, nodeAt, setValue, toValue, unsetValue } from '../../server/src/text/index.ts';
import { treeIn, valuesOf as valuesInForce } from './values-of.ts';

const SCRIPT = `#!/bin/bash
#SBATCH --nodes=2
#SBATCH --gres=gpu:8
# Starts the run.
LR=2e-5
MODEL="Qwen/Qwen2.5-7B"
ARGS=(--bf16 True --max_steps 100)

srun torchrun --nnodes 2 --nproc-per-node=8 train.py \\
    --model_name_or_path $MODEL \\
    --learning_rate "$LR" \\
    --per_device_train_batch_size 4 \\
    --lora_target_modules q_proj v_proj \\
    --output_dir '/tmp/a b' \\
    --run_name "$NAME" \\
    --gradient_checkpointing \\
    "\${ARGS[@]}"
`;

const treeOf = (text: string) => treeIn('train.sh', text, 'shell');
const valuesOf = (text: string) => valuesInForce(treeOf(text));

function launchOf(command: string) {
  const launch = treeOf(`${command}\n# batch\n`).launches?.[0];
  return {
    program: launch?.program,
    started: launch?.started,
    nodes: launch?.nodes?.value,
    gpusPerNode: launch?.gpusPerNode?.value,
    processes: launch?.processes?.value,
    configs: launch?.configs.map(({ path }) => path),
  };
}

describe('a shell script', () => {
  it('is read as the run that it starts, its own variables filled in', () => {
    expect(valuesOf(SCRIPT)).toEqual({
      model_name_or_path: 'Qwen/Qwen2.5-7B',
      learning_rate: 2e-5,
      per_device_train_batch_size: 4,
      lora_target_modules: ['q_proj', 'v_proj'],
      output_dir: '/tmp/a b',
      run_name: '?',
      gradient_checkpointing: true,
      bf16: true,
      max_steps: 100,
    });
  });

  it('keeps its comments', () => {
    expect(treeOf(SCRIPT).comments.map(({ text }) => text)).toContain('Starts the run.');
  });

  it.each<[string, ReturnType<typeof launchOf>]>([
    [
      'torchrun --nnodes=2 --nproc_per_node 8 train.py c.yaml',
      {
        program: 'torchrun',
        started: 'train.py',
        nodes: 2,
        gpusPerNode: 8,
        processes: undefined,
        configs: ['c.yaml'],
      },
    ],
    [
      'accelerate launch --num_processes 4 --multi_gpu sft.py --config a/c.yaml',
      {
        program: 'accelerate',
        started: 'sft.py',
        nodes: undefined,
        gpusPerNode: undefined,
        processes: 4,
        configs: ['a/c.yaml'],
      },
    ],
    [
      'deepspeed --num_gpus 4 train.py --deepspeed ds.json',
      {
        program: 'deepspeed',
        started: 'train.py',
        nodes: undefined,
        gpusPerNode: 4,
        processes: undefined,
        configs: ['ds.json'],
      },
    ],
    [
      'python -m torch.distributed.run --nproc-per-node 2 -m pkg.train --config=c.toml',
      {
        program: 'torchrun',
        started: 'pkg.train',
        nodes: undefined,
        gpusPerNode: 2,
        processes: undefined,
        configs: ['c.toml'],
      },
    ],
    [
      'NPROC_PER_NODE=8 swift sft --model m',
      { program: 'swift', started: 'sft', nodes: undefined, gpusPerNode: 8, processes: undefined, configs: [] },
    ],
    [
      'export NNODES=2\nexport NPROC_PER_NODE=4\nswift sft --model m',
      { program: 'swift', started: 'sft', nodes: 2, gpusPerNode: 4, processes: undefined, configs: [] },
    ],
    [
      'axolotl train lora.yml',
      {
        program: 'axolotl',
        started: 'train',
        nodes: undefined,
        gpusPerNode: undefined,
        processes: undefined,
        configs: ['lora.yml'],
      },
    ],
  ])('says how large the run of `%s` is', (command, expected) => {
    expect(launchOf(command)).toEqual(expected);
  });

  it('has the sizes that Slurm is asked for, which a launcher overrules', () => {
    const header = '#SBATCH -N 4\n#SBATCH --gpus-per-node=h100:8\n';
    const launch = (command: string) => treeOf(`${header}${command}\n`).launches?.[0];
    expect(launch('srun python train.py --batch 1')?.nodes?.value).toBe(4);
    expect(launch('srun python train.py --batch 1')?.gpusPerNode?.value).toBe(8);
    expect(launch('torchrun --nproc_per_node 2 train.py')?.gpusPerNode?.value).toBe(2);
  });

  it('nests Hydra overrides', () => {
    const text = 'python3 -m verl.trainer.main_ppo data.train_batch_size=256 +actor.optim.lr=1e-6\n';
    expect(valuesOf(text)).toEqual({ data: { train_batch_size: 256 }, actor: { optim: { lr: 1e-6 } } });
  });

  it('that starts no training is no config', () => {
    expect(treeOf('npm install\nnpm test -- --batch 3\n').root).toBeUndefined();
    expect(treeOf('echo torchrun\n').root).toBeUndefined();
  });
});

describe('setValue in a shell script', () => {
  const written = (path: readonly string[], value: ConfigValue): string | undefined => {
    const edits = setValue(treeOf(SCRIPT), path, value);
    return edits === undefined ? undefined : applyEdits(SCRIPT, edits);
  };

  it.each<[string, readonly string[], ConfigValue, string, string]>([
    ['an argument', ['per_device_train_batch_size'], 8, 'batch_size 4', 'batch_size 8'],
    ['a variable', ['learning_rate'], 1e-5, 'LR=2e-5', 'LR=1e-5'],
    ['an element of an array', ['max_steps'], 50, '--max_steps 100', '--max_steps 50'],
    ['a quoted argument', ['output_dir'], '/tmp/c', "'/tmp/a b'", "'/tmp/c'"],
  ])('writes over %s where it stands', (_what, path, value, before, after) => {
    expect(written(path, value)).toBe(SCRIPT.replace(before, after));
  });

  it('takes an argument out with its line', () => {
    const edits = unsetValue(treeOf(SCRIPT), ['gradient_checkpointing']) ?? [];
    expect(applyEdits(SCRIPT, edits)).toBe(SCRIPT.replace('    --gradient_checkpointing \\\n', ''));
  });

  it('makes the path read as the value and changes nothing more, or does nothing', () => {
    const value = fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.string({ maxLength: 12 }));
    const path = fc.constantFrom(['learning_rate'], ['per_device_train_batch_size'], ['output_dir'], ['seed']);
    const before = valuesOf(SCRIPT);
    fc.assert(
      fc.property(path, value, ([key = ''], wanted) => {
        const edits = setValue(treeOf(SCRIPT), [key], wanted);
        const after = applyEdits(SCRIPT, edits ?? []);
        const node = nodeAt(treeOf(after), [key]);
        const read = node === undefined ? undefined : toValue(node);
        if (edits !== undefined) expect(JSON.stringify(read)).toBe(JSON.stringify(wanted));
        expect({ ...valuesOf(after), [key]: 0 }).toEqual({ ...before, [key]: 0 });
      }),
    );
  });
});

describe('a broken shell script', () => {
  it('is read as far as it goes, wherever it ends or loses a piece', () => {
    fc.assert(
      fc.property(fc.nat(SCRIPT.length), fc.nat(60), fc.string({ maxLength: 3 }), (start, length, inserted) => {
        for (const text of [SCRIPT.slice(0, start), SCRIPT.slice(0, start) + inserted + SCRIPT.slice(start + length)]) {
          const tree = treeOf(text);
          const entries = tree.root?.kind === 'map' ? tree.root.entries : [];
          for (const { value } of entries) expect(value.range.end).toBeLessThanOrEqual(text.length);
          expect(tree.text).toBe(text);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('may nest as deeply as it likes', () => {
    expect(treeOf(`torchrun ${'$('.repeat(5_000)}`).text).toContain('torchrun');
    expect(treeOf(`${'('.repeat(5_000)}torchrun a.py --batch 1`).file).toBe('train.sh');
  });
});

describe('A script with more than one command', () => {
  it('is the training, not the conversion before it', () => {
    const text =
      'python convert.py --from hf --to /ckpt\npython -m rl.main trainer.batch=8 trainer.lr=1e-6 data.a=1 data.b=2 data.c=3 data.d=4 data.e=5\n';
    expect(treeOf(text).launches?.map(({ started }) => started)).toEqual(['rl.main', 'convert.py']);
    expect(valuesOf(text)).toEqual({ trainer: { batch: 8, lr: 1e-6 }, data: { a: 1, b: 2, c: 3, d: 4, e: 5 } });
  });

  it("is no program of MaxText's that takes a training's arguments and starts none", () => {
    const decode = 'python3 -m maxtext.inference.decode base.yml model_name=gemma-7b steps=10 run_name=a\n';
    const check = 'python3 -m tests.utils.forward_pass_logit_checker base.yml model_name=gemma-7b run_name=b\n';
    const train = 'python3 -m maxtext.trainers.pre_train.train base.yml model_name=gemma-7b\n';
    expect(treeOf(decode + check).launches ?? []).toEqual([]);
    expect(valuesOf(decode + check + train)).toEqual({ model_name: 'gemma-7b' });
  });

  it('is the first of trainings of about one size', () => {
    const text = 'torchrun sft.py --lr 1e-5 --batch 8 --bf16\ntorchrun dpo.py --lr 1e-6 --batch 8 --beta 0.1 --bf16\n';
    expect(valuesOf(text)).toEqual({ lr: 1e-5, batch: 8, bf16: true });
  });

  it('is what a job hands to a cluster', () => {
    const text = 'ray job submit --address="http://head:8265" --working-dir . -- python3 -m rl.main --batch 8\n';
    expect(treeOf(text).launches?.[0]?.started).toBe('rl.main');
    expect(valuesOf(text)).toEqual({ batch: 8 });
  });
});

describe('An empty variable', () => {
  it('is no argument unless it is quoted', () => {
    expect(valuesOf('MORE=""\ntorchrun sft.py --lr 1e-5 --out a $MORE --batch 8\n')).toEqual({
      lr: 1e-5,
      out: 'a',
      batch: 8,
    });
    expect(valuesOf('MORE=""\ntorchrun sft.py --lr 1e-5 --out "$MORE" --batch 8\n')).toMatchObject({ out: '' });
  });
});

describe('A command that a job script hands on', () => {
  it("has none of the submitting script's own options", () => {
    const text =
      'python submit.py --env A=1 --env B=2 --num_nodes 2 -- source env.sh \\&\\& accelerate launch --num_processes 8 tune.py --lr 1e-6\n';
    expect(valuesOf(text)).toEqual({ lr: 1e-6 });
    // Eight processes on each of two nodes, or in all: the script that submits decides.
    expect(treeOf(text).launches?.[0]).toMatchObject({ started: 'tune.py', sizeUnknown: true });
    expect(treeOf(text).launches?.[0]?.processes).toBeUndefined();
  });

  it('runs on as many nodes as its script is told, where that script starts its processes on each', () => {
    const text =
      'python mason.py --gpus 8 --num_nodes 4 -- accelerate launch --num_processes 8 tune.py --lr 1e-6 --batch 4\n';
    const [launch] = treeOf(text).launches ?? [];
    expect(launch).toMatchObject({ nodes: { value: 4 }, gpusPerNode: { value: 8 } });
    expect(launch?.processes).toBeUndefined();
    expect(launch?.sizeUnknown).toBeUndefined();
  });

  it('stands behind what the job runs first, with a blank or without', () => {
    const text =
      'python submit.py --gpus 8 -- source a.sh \\&\\& source b.sh \\&\\&python tune.py --lr 1e-6 --batch 4\n';
    expect(treeOf(text).launches?.[0]?.started).toBe('tune.py');
    expect(valuesOf(text)).toEqual({ lr: 1e-6, batch: 4 });
  });

  it('is the whole command where no program follows the dashes', () => {
    expect(valuesOf('torchrun train.py --lr 1e-4 -- --extra 3\n')).toMatchObject({ lr: 1e-4 });
  });

  it('may be a script without its interpreter', () => {
    expect(treeOf('uv run --active train.py --batch 4\n').launches?.[0]?.started).toBe('train.py');
  });
});

describe('A value the shell works out', () => {
  it('is known where its parts are', () => {
    const text =
      'n=4\nlen=$((1024 * 8))\npython train.py --batch $n --len $((len + n)) --half $((n / 3)) --odd $((MISSING * 2)) --none $((1 / 0))\n';
    expect(valuesOf(text)).toEqual({ batch: 4, len: 8196, half: 1, odd: '?', none: '?' });
  });

  it('keeps its place in a command line that is read from a here-document', () => {
    const text =
      "LR=5e-7\nread -r -d '' command <<EOF\ntrain.py \\\n   --batch_size 256 \\\n   --lr $LR\nEOF\ndeepspeed $command\n";
    expect(valuesOf(text)).toEqual({ batch_size: 256, lr: 5e-7 });
    const edits = setValue(treeOf(text), ['batch_size'], 128);
    expect(applyEdits(text, edits ?? [])).toBe(text.replace('256', '128'));
  });
});
