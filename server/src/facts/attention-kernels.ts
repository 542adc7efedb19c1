/**
 * Families whose classes never say that they run sdpa, so that transformers falls back to eager attention where no
 * kernel is asked for (transformers: src/transformers/modeling_utils.py, `_supports_sdpa` in models/<family>).
 */
const EAGER_BY_DEFAULT: ReadonlySet<string> = new Set([
  'bloom',
  'deberta_v2',
  'gpt_neo',
  'gpt_oss',
  'gptj',
  'mpt',
  'mt5',
  't5',
]);

/** Why a family does not run sdpa by default, in words; undefined where it does. */
export function withoutSdpa(family: string): string | undefined {
  return EAGER_BY_DEFAULT.has(family) ? `transformers has no sdpa for ${family}` : undefined;
}
