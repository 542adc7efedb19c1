import type { PlacedNumber } from './types.ts';

interface SlurmSize {
  readonly nodes?: PlacedNumber;
  readonly gpusPerNode?: PlacedNumber;
}

/** Nodes and GPUs that `#SBATCH` lines ask for (sbatch's options --nodes, --gpus-per-node, --gres=gpu:N). */
export function slurmHeader(text: string): SlurmSize {
  const nodes = placed(text, /^#SBATCH\s+(?:--nodes|-N)[= ]\s*(\d+)\s*$/m);
  const gpus =
    placed(text, /^#SBATCH\s+--gpus-per-node[= ]\s*(?:[\w.-]+:)?(\d+)/m) ??
    placed(text, /^#SBATCH\s+--gres[= ]\s*gpu:(?:[\w.-]+:)?(\d+)/m);
  return { ...(nodes === undefined ? {} : { nodes }), ...(gpus === undefined ? {} : { gpusPerNode: gpus }) };
}

function placed(text: string, pattern: RegExp): PlacedNumber | undefined {
  const match = pattern.exec(text);
  if (match?.[1] === undefined) return undefined;
  const start = match.index + match[0].lastIndexOf(match[1]);
  return { value: Number(match[1]), range: { start, end: start + match[1].length } };
}
