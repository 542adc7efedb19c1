import { describe, expect, it } from 'vitest';
import { applyEdits, type ConfigTree, parseText, setValue, toValue, withLoader } from '../../server/src/text/index.ts';

function treeOf(text: string): ConfigTree {
  return withLoader(parseText('train.sh', text, 'shell'), 'shell');
}

/** Keys and values; what is not known from the text reads `?`. */
function valuesOf(text: string): Readonly<Record<string, unknown>> {
  const { root } = treeOf(text);
  if (root?.kind !== 'map') return {};
  return Object.fromEntries(root.entries.map(({ key, value }) => [key, toValue(value) ?? '?']));
}

function sizeOf(text: string) {
  const launch = treeOf(text).launches?.[0];
  return { nodes: launch?.nodes?.value, gpusPerNode: launch?.gpusPerNode?.value };
}

describe('A variable that is built in steps', () => {
  it('holds all that is added to it, each word at its place', () => {
    const text =
      'ARGS=(--batch 8)\nARGS+=(--lr 1e-4)\nFLAGS="--steps 5"\nFLAGS+=" --bf16"\nNAME=a\nNAME+=b\npython train.py $ARGS $FLAGS --name $NAME\n';
    expect(valuesOf(text)).toEqual({ batch: 8, lr: 1e-4, steps: 5, bf16: true, name: 'ab' });
    expect(applyEdits(text, setValue(treeOf(text), ['lr'], 2e-4) ?? [])).toBe(text.replace('1e-4', '2e-4'));
  });

  it('takes one branch of a test, not all of them', () => {
    const text =
      'ARGS=(--batch 8)\nif [ $1 = a ]; then ARGS+=(--data mock); elif [ $1 = b ]; then ARGS+=(--data c); else ARGS+=(--data real); fi\npython train.py $ARGS\n';
    expect(valuesOf(text)).toEqual({ batch: 8, data: 'real' });
    const root = treeOf(text).root;
    expect(root?.kind === 'map' && root.entries.map(({ key }) => key)).toEqual(['batch', 'data']);
  });

  it('keeps what only one branch sets', () => {
    const text = 'LR=1e-3\nif [ -z "$X" ]; then LR=1e-4; else Y=1; fi\npython train.py --batch 1 --lr $LR\n';
    expect(valuesOf(text)).toEqual({ batch: 1, lr: 1e-4 });
  });

  it('shows its words where they are written, over continued lines and variables', () => {
    const text = 'B=16\nARGS="--name $MODEL \\\n  --batch $B \\\n  --steps 50"\npython train.py $ARGS\n';
    expect(valuesOf(text)).toEqual({ name: '?', batch: 16, steps: 50 });
    expect(applyEdits(text, setValue(treeOf(text), ['steps'], 60) ?? [])).toBe(text.replace('50', '60'));
  });
});

describe('A string with another in it', () => {
  it('names what a command prints by its variable, and keeps the places beside it', () => {
    const text = 'RUN="a-$(date +%F -u)"\nARGS="--name $RUN --lr 1e-4"\npython train.py --batch 1 $ARGS\n';
    expect(valuesOf(text)).toEqual({ batch: 1, name: '?', lr: 1e-4 });
    expect(applyEdits(text, setValue(treeOf(text), ['lr'], 2e-4) ?? [])).toBe(text.replace('1e-4', '2e-4'));
  });

  it('is not edited where its words have no places of their own', () => {
    const text = 'MORE="--steps 5 --seed 1"\nARGS="$MORE --lr 1e-4"\npython train.py --batch 1 $ARGS\n';
    expect(valuesOf(text)).toEqual({ batch: 1, steps: 5, seed: 1, lr: 1e-4 });
    expect(setValue(treeOf(text), ['lr'], 2e-4)).toBeUndefined();
  });
});

describe('A variable that a scheduler sets', () => {
  it('is not what stands beside it for runs without one', () => {
    const size = sizeOf(`torchrun --nnodes \${SLURM_NNODES:-1} --nproc_per_node \${GPUS:-8} train.py --batch 1`);
    expect([size.nodes, size.gpusPerNode]).toEqual([undefined, 8]);
  });
});

describe('A test in a script', () => {
  it.each([
    ['MODE=full\nif [ "$MODE" = lora ]; then B=8; elif [[ $MODE == fu* ]]; then B=2; else B=4; fi', 2],
    ['N=8\nif (( N > 4 )); then B=2; else B=4; fi', 2],
    ['N=8\nif [ $N -le 4 ] || [ ! -n "$N" ]; then B=2; else B=4; fi', 4],
    ['SMALL=true\nif $SMALL; then B=2; else B=4; fi', 2],
    ['B=4\nif [ "$DEBUG" = 1 ]; then B=1; fi', 4],
    ['if [ -z "$B" ]; then B=4; fi', 4],
    [`SIZE=\${1:-7b}\ncase $SIZE in 7b|8b) B=4;; 70*) B=1;; *) B=2;; esac`, 4],
    ['N=2\n[ $N -gt 1 ] && B=4 || B=8', 4],
    ['B=4\nwhile [[ $# -gt 0 ]]; do case $1 in --batch) B=$2; shift 2;; esac; done', 4],
    ['B=4\nif [ $# -lt 0 ]; then B=1; exit 1; fi', 4],
  ])('is decided by what the script sets: %s', (script, batch) => {
    expect(valuesOf(`${script}\npython train.py --lr 1e-4 --batch $B\n`)).toEqual({ lr: 1e-4, batch: batch });
  });

  it.each([
    ['B=4\nif nvidia-smi | grep -q A100; then B=8; fi'],
    ['if [ $SLURM_NNODES -gt 1 ]; then B=2; else B=4; fi'],
    ['source settings.sh\nif [ -z "$MODE" ]; then B=2; else B=4; fi'],
    ['for B in 1 2 4; do echo $B; done'],
    ['f() { if [ "$1" = x ]; then B=2; else B=4; fi; }'],
  ])('that only a run decides leaves its values unknown: %s', (script) => {
    expect(valuesOf(`${script}\npython train.py --lr 1e-4 --batch $B\n`)).toEqual({ lr: 1e-4, batch: '?' });
  });

  it('leaves a branch in which the script ends', () => {
    const text = 'B=4\nif [ ! -f data.json ]; then B=1; exit 1; fi\npython train.py --lr 1e-4 --batch $B\n';
    expect(valuesOf(text)).toEqual({ lr: 1e-4, batch: 4 });
  });

  it('keeps a value on which both branches agree', () => {
    const text = 'if [ -d /data ]; then B=4; D=a; else B=4; D=b; fi\npython train.py --lr 1e-4 --batch $B --data $D\n';
    expect(valuesOf(text)).toEqual({ lr: 1e-4, batch: 4, data: '?' });
  });
});
