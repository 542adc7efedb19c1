import { setField } from '../plan/index.ts';
import { defineRule } from './support/define-rule.ts';
import { isStated } from './support/stated.ts';

/** Shorter contexts are named after other things: `4k` may be a batch, a vocabulary or a number of steps. */
const SHORTEST_NAMED = 4096;

/** Further apart than this, the number in the name counts something else. */
const WIDEST_RATIO = 8;

export const sequenceLengthNotAsNamed = defineRule({
  id: 'sequence-length-not-as-named',
  severity: 'information',
  summary: 'The file is named after one sequence length and states another',
  since: '0.1.0',
  needs: ['data.sequenceLength'],
  wants: ['model.maxPositions'],
  messages: {
    other:
      'Sequences have {length} tokens and the file is named after {named}, which is {tokens}: one of them was copied.',
  },
  sources: ['NeMo-Framework-Launcher: two recipes of this kind were mended in 2024 (175b_64k, 40b_16k)'],

  check({ 'data.sequenceLength': length }, report, { plan }) {
    if (!isStated(length)) return;
    const named = namedLength(plan.at.file);
    if (named === undefined || named.tokens === length.value || named.tokens < SHORTEST_NAMED) return;
    const ratio = Math.max(named.tokens / length.value, length.value / named.tokens);
    if (ratio > WIDEST_RATIO || !Number.isInteger(ratio)) return;
    report({
      at: 'data.sequenceLength',
      message: 'other',
      data: { length: length.value, named: named.word, tokens: named.tokens },
      fixes: [
        {
          title: `Set sequence length ${named.tokens}: what the name says`,
          safety: 'changes-training',
          edits: [setField('data.sequenceLength', named.tokens)],
        },
      ],
      related: [],
    });
  },
});

/** The one length in thousands that a file's name holds between separators, a power of two; where there are several, none. */
function namedLength(file: string): { readonly word: string; readonly tokens: number } | undefined {
  const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
  const words = [...name.matchAll(/(?<![A-Za-z0-9.])(?:seq|seqlen|ctx)?(\d+)k(?![A-Za-z0-9])/gi)];
  const [only, ...others] = words;
  const thousands = Number(only?.[1]);
  if (only === undefined || others.length > 0 || !Number.isInteger(Math.log2(thousands))) return undefined;
  // `from_4k_to_64` and its like name a change.
  if (/(?<![A-Za-z])to(?![A-Za-z])/i.test(name)) return undefined;
  return { word: only[0], tokens: thousands * 1024 };
}
