import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seedPage } from '../../docs/build/seed-page.ts';
import seeds from '../../docs/build/seeds.json';
import { NOTES } from '../../server/src/engine/field-notes.ts';
import { TERM_NAMES } from '../../server/src/memory/terms.ts';
import { KEY_RULES, RULES } from '../../server/src/rules/index.ts';

/** Where an idea can be at work, and what of that kind exists. */
const EXISTING: Readonly<Record<string, (name: string) => boolean>> = {
  rule: (name) => [...RULES, ...KEY_RULES].some((rule) => rule.id === name),
  term: (name) => TERM_NAMES.some((term) => term === name),
  fact: (name) => NOTES.some((note) => note.id === name),
  page: (name) => existsSync(name),
};

describe('papers behind the rules', () => {
  it('are 63 to check by and 105 to show, under 60 ideas', () => {
    const classes = seeds.papers.map((paper) => paper.class);
    expect(classes.filter((name) => name === 'A')).toHaveLength(63);
    expect(classes.filter((name) => name === 'B')).toHaveLength(105);
    expect(new Set(seeds.ideas.map((idea) => idea.id)).size).toBe(60);
  });

  it.each(seeds.papers.map((paper) => [paper.n, paper.title] as const))('%d is at work somewhere: %s', (n) => {
    expect(seeds.ideas.filter((idea) => idea.papers.includes(n))).not.toEqual([]);
  });

  it.each(seeds.ideas.map((idea) => [idea.id, idea.where] as const))('%s is where it says', (_id, where) => {
    expect(where).not.toEqual([]);
    const missing = where.filter((place) => {
      const [kind = '', name = ''] = place.split(':');
      return EXISTING[kind]?.(name) !== true;
    });
    expect(missing).toEqual([]);
  });

  it('name each fact that hovers show, but those of the rules’ own literature', () => {
    const named = new Set(seeds.ideas.flatMap((idea) => idea.where));
    const others = NOTES.map((note) => note.id).filter((id) => !named.has(`fact:${id}`));
    expect(others.sort()).toEqual([
      'learning-rate-band',
      'lora-factor',
      'lora-scaling',
      'micro-batch-fragmentation',
      'mup-base-rate',
      'untuned-warmup',
      'warmup-references',
    ]);
  });

  it('stand in docs/seeds.md as the data has them', () => {
    expect(readFileSync('docs/seeds.md', 'utf8')).toBe(seedPage());
  });
});
