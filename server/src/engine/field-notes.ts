import type { FieldName } from '../plan/index.ts';
import { BATCH_NOTES } from './notes/batch-notes.ts';
import { HORIZON_NOTES } from './notes/horizon-notes.ts';
import { LEARNING_RATE_NOTES } from './notes/learning-rate-notes.ts';
import { MEMORY_NOTES } from './notes/memory-notes.ts';
import type { Note } from './notes/note.ts';
import { OPTIMIZER_NOTES } from './notes/optimizer-notes.ts';
import { ROLLOUT_NOTES } from './notes/rollout-notes.ts';
import { SPECIAL_NOTES } from './notes/special-notes.ts';
import type { PlanAnalysis } from './types.ts';

/** Every fact that hovers know, the most telling of a field first. Facts are never findings: they inform, they do not judge. */
export const NOTES: readonly Note[] = [
  ...LEARNING_RATE_NOTES,
  ...HORIZON_NOTES,
  ...OPTIMIZER_NOTES,
  ...ROLLOUT_NOTES,
  ...SPECIAL_NOTES,
  ...MEMORY_NOTES,
  ...BATCH_NOTES,
];

/** More facts than this are a wall of text. */
const MOST_NOTES = 4;

/** The facts that a hover on a field shows: one Markdown line each, its source behind it. */
export function fieldNotes({ plan }: PlanAnalysis, field: FieldName): readonly string[] {
  return NOTES.filter((note) => note.on.includes(field))
    .flatMap((note) => {
      const text = note.text(plan);
      return text === undefined ? [] : [`${text} _(${note.source})_.`];
    })
    .slice(0, MOST_NOTES);
}
