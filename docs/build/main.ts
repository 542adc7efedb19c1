/**
 * npm run docs [-- --check]
 *
 * Regenerates what is derived from code and data: the table of rules, the head of each rule's page, the settings of the
 * extension's manifest, and the tables of frameworks, dtypes and papers. With --check it changes nothing and fails on a difference.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dtypePage } from './dtype-page.ts';
import { fixPairsPage } from './fix-pairs-page.ts';
import { frameworkPage } from './framework-page.ts';
import { manifestWithRules } from './manifest-rules.ts';
import { pageHead, ruleIndex } from './rule-pages.ts';
import { documentedRules } from './rules.ts';
import { seedPage } from './seed-page.ts';
import { startChecksPage } from './start-checks-page.ts';

const check = process.argv.includes('--check');
const stale: string[] = [];

emit('docs/rules/README.md', ruleIndex());
for (const rule of documentedRules()) emitHead(rule.id);
emit('docs/frameworks.md', frameworkPage());
emit('docs/dtypes.md', dtypePage());
emit('docs/fix-pairs.md', fixPairsPage());
emit('docs/seeds.md', seedPage());
emit('docs/start-checks.md', startChecksPage());
emit('package.json', manifestWithRules(readFileSync('package.json', 'utf8')));

if (stale.length > 0 && check) {
  console.error(`Out of date: ${stale.join(', ')}. npm run docs regenerates them.`);
  process.exitCode = 1;
} else if (stale.length > 0) console.log(`Regenerated ${stale.join(', ')}.`);
else console.log('Documentation is up to date.');

function emit(file: string, text: string): void {
  if (readText(file) === text) return;
  stale.push(file);
  if (!check) writeFileSync(file, text);
}

/** Replaces the first line of a rule's page; the rest is written by people. */
function emitHead(id: string): void {
  const file = `docs/rules/${id}.md`;
  const page = readText(file);
  if (page === undefined) return;
  const body = page.replace(/^<!-- generated:[^\n]*-->\n/, '');
  emit(file, `${pageHead(id)}\n${body}`);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
