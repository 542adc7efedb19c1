/** Lengths of published tokenizers (their tokenizer_config.json and tokenizer.json), by the last part of their name. */
const SIZES: readonly (readonly [RegExp, number])[] = [
  [/^(gpt2|gpt2-(medium|large|xl))$/i, 50_257],
  [/^gpt-neox-20b$|^pythia-/i, 50_277],
  [/^olmo-(1b|7b)/i, 50_280],
  [/^(meta-)?llama-?2-|^llama-7b|^tinyllama/i, 32_000],
  [/^(meta-)?llama-3/i, 128_256],
  [/^mistral-7b-v0\.1$|^mixtral-8x7b/i, 32_000],
];

/** Tokens of a published tokenizer; undefined for one that is not known. */
export function tokenizerSize(name: string): number | undefined {
  const short = name.slice(name.lastIndexOf('/') + 1);
  return SIZES.find(([pattern]) => pattern.test(short))?.[1];
}
