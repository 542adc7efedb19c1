/**
 * Positions of models for which litgpt's own table has others than the checkpoint's config, by what follows the last
 * `/` in lower case (litgpt: litgpt/config.py, `block_size`).
 */
export const BLOCK_SIZES: Readonly<Record<string, number>> = {
  'pythia-14m': 512,
  'pythia-31m': 1024,
  'gemma-2b': 4096,
  'gemma-2b-it': 4096,
  'gemma-7b': 4096,
  'gemma-7b-it': 4096,
  'gemma-3-1b-it': 131_072,
  'codegemma-7b-it': 4096,
  'codellama-13b-instruct-hf': 2048,
  'llama-2-7b-32k': 4096,
  'phi-3.5-mini-instruct': 4096,
  'mistral-7b-v0.1': 4096,
  'mistral-7b-instruct-v0.1': 4096,
  'mistral-large-instruct-2407': 32_768,
  'mistral-large-instruct-2411': 32_768,
  'qwen2.5-1.5b-instruct': 131_072,
  'qwen2.5-7b-instruct': 131_072,
  'qwen2.5-14b-instruct': 131_072,
  'qwen2.5-32b-instruct': 131_072,
  'qwen2.5-72b-instruct': 131_072,
  'qwen3-0.6b-base': 40_960,
  'qwen3-1.7b-base': 40_960,
  'qwen3-4b-base': 40_960,
  'qwen3-8b-base': 40_960,
  'qwen3-14b-base': 40_960,
  'qwen3-30b-a3b-base': 40_960,
};
