import { type Draft, defineAdapter } from '../kit/define-adapter.ts';
import { explicit } from '../kit/read-keys.ts';
import { type Adapter, type Evidence, MINIMUM_SCORE, type Recognisable } from '../types.ts';
import { guessFields } from './guess-fields.ts';

const TITLE = 'unrecognised framework (guessed)';

/**
 * Training configs of frameworks that no adapter knows, by the names that are common in the field. Nothing is assumed
 * beyond what the file says, nothing is written, and what follows from a guess is told as information at most.
 */
export const genericAdapter: Adapter = {
  ...defineAdapter({
    id: 'generic',
    title: TITLE,
    // Of all readers it takes the most numbers for numbers, and works out interpolations.
    loaders: { yaml: 'omegaconf', json: 'json', toml: 'toml' },
    recognise,
    keys: {},
    partial: () => true,
    settle: settleGuesses,
  }),
  guessed: true,
  write: () => undefined,
};

/** Just enough to be read where nobody else claims the file. */
function recognise({ tree }: Recognisable): Evidence | undefined {
  const guesses = guessFields(tree);
  if (guesses === undefined) return undefined;
  const fields = [...new Set(guesses.map(({ field }) => field))];
  return { score: MINIMUM_SCORE, reasons: [`values that look like ${fields.slice(0, 4).join(', ')}`] };
}

function settleGuesses(draft: Draft): void {
  const { tree, builder } = draft;
  for (const { field, node, value } of guessFields(tree) ?? []) {
    // The kinds in field-names.ts give each value its field's type, which the compiler cannot follow.
    builder.state(field, explicit(tree, node, value as never));
  }
}
