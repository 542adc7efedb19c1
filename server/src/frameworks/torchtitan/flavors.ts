/** torchtitan's flavors by model, as the hub model whose shape they have (torchtitan: torchtitan/models/*\/__init__.py). */
export const FLAVORS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  llama3: {
    '8b': 'meta-llama/Llama-3.1-8B',
    '70b': 'meta-llama/Llama-3.1-70B',
    '405b': 'meta-llama/Llama-3.1-405B',
  },
  llama4: {
    '17bx16e': 'meta-llama/Llama-4-Scout-17B-16E',
    '17bx128e': 'meta-llama/Llama-4-Maverick-17B-128E',
  },
  qwen3: {
    '0.6b': 'Qwen/Qwen3-0.6B',
    '1.7b': 'Qwen/Qwen3-1.7B',
    '4b': 'Qwen/Qwen3-4B',
    '8b': 'Qwen/Qwen3-8B',
    '14b': 'Qwen/Qwen3-14B',
    '32b': 'Qwen/Qwen3-32B',
    '30b-a3b': 'Qwen/Qwen3-30B-A3B',
    '235b-a22b': 'Qwen/Qwen3-235B-A22B',
  },
  deepseek_v3: {
    '16b': 'deepseek-ai/DeepSeek-V2-Lite',
    '671b': 'deepseek-ai/DeepSeek-V3',
  },
};

/** The hub model of a flavor, or the framework's own words for it where none is known. */
export function flavorModel(name: string, flavor: string): string {
  const flavors = Object.hasOwn(FLAVORS, name) ? FLAVORS[name] : undefined;
  const key = flavor.toLowerCase();
  const known = flavors !== undefined && Object.hasOwn(flavors, key) ? flavors[key] : undefined;
  return known ?? `${name}/${flavor}`;
}
