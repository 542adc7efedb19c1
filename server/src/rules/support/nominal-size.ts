/** What a model's name says of its size: "Nemotron-3-Nano-Omni-30B-A3B" has 30 billion parameters and is sparse. */
export interface NominalSize {
  readonly parameters: number;
  /** The name tells how many parameters are active, which dense models have no word for. */
  readonly isSparse: boolean;
}

/** The size in a model's name or path; undefined where it holds none, or several (`8x7B`). For thresholds alone. */
export function nominalSize(name: string | undefined): NominalSize | undefined {
  if (name === undefined) return undefined;
  const last = name.slice(name.lastIndexOf('/') + 1);
  const sizes = [...last.matchAll(/(?<![A-Za-z0-9.])(\d+(?:[._]\d+)?)b(?![A-Za-z0-9])/gi)];
  const [only, ...others] = sizes;
  if (only === undefined || others.length > 0) return undefined;
  const billions = Number(String(only[1]).replace('_', '.'));
  return { parameters: billions * 1e9, isSparse: /(?<![A-Za-z0-9])A\d+(?:[._]\d+)?b(?![A-Za-z0-9])/i.test(last) };
}
