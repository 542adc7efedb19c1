import table from '../../data/gpus.json' with { type: 'json' };
import { lazily, readColumns } from './read-columns.ts';
import type { GpuFacts } from './types.ts';

/** A row of server/data/gpus.json. Cells that are not known are null. */
interface GpuRow {
  readonly id: string;
  readonly name: string;
  readonly soldAs: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly computeCapability: string | null;
  readonly memoryGb: number;
  /** Whether the size as sold counts 10^9 bytes. */
  readonly decimalGb: boolean;
  readonly nvidiaSmiMib: number | null;
  readonly torchGib: number | null;
  readonly torchBytes: number | null;
  /** Index into the table's `sources`, as is `source`. */
  readonly memorySource: number | null;
  readonly contextBytes: number | null;
  readonly contextSource: string | null;
  readonly bf16DenseTflops: number | null;
  readonly bf16: boolean;
  readonly tf32: boolean;
  readonly fp8: boolean;
  readonly cloudInstances: readonly string[];
  readonly aliases: readonly string[];
  readonly source: number;
}

/** Every accelerator of the catalogue that has memory of its own, in the order of its file. */
export const allGpus: () => readonly GpuFacts[] = lazily(() => rows().map(gpuOf));

/**
 * The accelerator of a name: an id (`h100-80gb`), a vendor's or a cloud's spelling, an instance type.
 * A name that several cards share means the one it is used for most: `A100` the 40 GB one, as sold first and as clouds
 * mean it, `V100` the 16 GB one, `H100` the SXM one.
 */
export function findGpu(name: string): GpuFacts | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const key = spellingKey(name);
  return key === '' ? undefined : index().get(key);
}

const LONGEST_NAME = 200;

const rows = lazily(() => readColumns<GpuRow>(table));

const index = lazily((): ReadonlyMap<string, GpuFacts> => {
  const found = new Map<string, GpuFacts>();
  const gpus = allGpus();
  const add = (spelling: string, gpu: GpuFacts) => {
    const key = spellingKey(spelling);
    if (key !== '' && !found.has(key)) found.set(key, gpu);
  };
  for (const gpu of gpus) add(gpu.id, gpu);
  for (const gpu of gpus) for (const alias of gpu.aliases) add(alias, gpu);
  rows().forEach((row, at) => {
    const gpu = gpus[at];
    if (gpu === undefined) return;
    add(row.soldAs, gpu);
    for (const instance of row.cloudInstances) add(instance.replace(/^\w+:/, '').replace(/ x\d+$/, ''), gpu);
  });
  return found;
});

/** Makers and product lines, which spellings carry or leave out. */
const LINES = /\b(?:nvidia|geforce|tesla|amd|instinct|intel|google|aws|cloud)\b/g;

/** Spellings that differ in case, spaces, punctuation and maker share a key; a number of cards (`H100:8`) is left out. */
function spellingKey(name: string): string {
  const counted = name.trim().toLowerCase();
  const words = counted
    .replace(/^\d+ ?x /, '')
    .replace(/:\d+$/, '')
    .replaceAll(/[^a-z0-9.]+/g, ' ');
  return words.replaceAll(LINES, '').replaceAll(' ', '').replace(/gib$/, 'gb');
}

function gpuOf(row: GpuRow): GpuFacts {
  const memory = totalMemory(row);
  return {
    id: row.id,
    name: row.name,
    vendor: row.vendor,
    architecture: row.architecture,
    computeCapability: row.computeCapability ?? '',
    memoryGb: row.memoryGb,
    totalBytes: memory.bytes,
    memorySource: memory.source,
    contextBytes: row.contextBytes ?? undefined,
    contextSource: row.contextSource ?? undefined,
    bf16: row.bf16,
    tf32: row.tf32,
    fp8: row.fp8,
    bf16DenseFlops: row.bf16DenseTflops === null ? undefined : row.bf16DenseTflops * 1e12,
    aliases: row.aliases,
    source: table.sources[row.source] ?? '',
  };
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** What torch reports of nvidia-smi's total: the driver keeps the rest. From the cards where both are known. */
const SHARE_OF_NVIDIA_SMI = 0.985;

/** What torch reports of a size as sold in binary gigabytes, where neither it nor nvidia-smi was seen. */
const SHARE_OF_SOLD = 0.98;

/** The best-founded total: what torch reports, else nvidia-smi less the driver's share, else the size as sold. */
function totalMemory(row: GpuRow): { readonly bytes: number; readonly source: string } {
  const source = (row.memorySource === null ? undefined : table.sources[row.memorySource]) ?? '';
  if (row.torchBytes !== null) return { bytes: row.torchBytes, source };
  if (row.torchGib !== null) return { bytes: Math.round(row.torchGib * GIB), source };
  if (row.nvidiaSmiMib !== null) {
    return { bytes: Math.round(row.nvidiaSmiMib * MIB * SHARE_OF_NVIDIA_SMI), source: `${source}; less 1.5%` };
  }
  const bytes = row.decimalGb ? row.memoryGb * 1e9 : row.memoryGb * GIB;
  return { bytes: Math.round(bytes * SHARE_OF_SOLD), source: 'the size as sold, less 2%' };
}
