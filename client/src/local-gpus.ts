import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** GPUs as the driver's tool names them. */
export interface LocalGpus {
  /** "NVIDIA H100 80GB HBM3". */
  readonly name: string;
  readonly memoryMib: number;
  readonly count: number;
}

/** Milliseconds after which a driver that does not answer is taken as absent. */
const PATIENCE = 4_000;

/** Asks nvidia-smi; undefined where there is none, or where the GPUs differ from each other. */
export async function localGpus(): Promise<LocalGpus | undefined> {
  try {
    const query = ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: PATIENCE, windowsHide: true });
    return parseGpus(stdout);
  } catch {
    return undefined;
  }
}

/** Reads "NVIDIA H100 80GB HBM3, 81559" lines, one a GPU. */
export function parseGpus(output: string): LocalGpus | undefined {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const [first] = lines;
  if (first === undefined || lines.some((line) => line !== first)) return undefined;
  const comma = first.lastIndexOf(',');
  const memoryMib = Number(first.slice(comma + 1));
  if (comma < 0 || !Number.isFinite(memoryMib)) return undefined;
  return { name: first.slice(0, comma).trim(), memoryMib, count: lines.length };
}
