import type { GpuChoice, GpusResult } from '../../server/src/protocol/requests.ts';
import type { LocalGpus } from './local-gpus.ts';

/** Share by which the driver's memory figure and a product's nominal size may differ. */
const TOLERANCE = 0.12;

/** Words of product names that the driver's names leave out or spell otherwise. */
const UNTOLD = /^(?:nvidia|geforce|tesla|sxm\d*|pcie|hbm\d*e?|nvl|\d+gb)$/;

/** The known GPU that the driver's name and memory point to; undefined where none or several do. */
export function matchGpu(local: LocalGpus, choices: GpusResult): GpuChoice | undefined {
  const words = new Set(wordsOf(local.name));
  const fitting = choices.filter(
    (choice) =>
      Math.abs(local.memoryMib / 1024 - choice.memoryGib) <= TOLERANCE * choice.memoryGib &&
      told(choice.name).every((word) => words.has(word)) &&
      told(choice.name).length > 0,
  );
  const most = Math.max(...fitting.map((choice) => told(choice.name).length));
  const best = fitting.filter((choice) => told(choice.name).length === most);
  const exact = best.filter((choice) => wordsOf(choice.name).every((word) => words.has(word)));
  const candidates = exact.length > 0 ? exact : best;
  return candidates.length === 1 ? candidates[0] : undefined;
}

function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[\s\-_/()]+/)
    .filter((word) => word !== '');
}

function told(name: string): readonly string[] {
  return wordsOf(name).filter((word) => !UNTOLD.test(word));
}
