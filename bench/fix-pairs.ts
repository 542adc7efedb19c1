/**
 * npm run audit:fixes -- [DIR]
 *
 * Holds what bench/audit/fix-pairs.ts says of the pairs under DIR/fixes (default: ../shared/corpus, or $BATCHWISE_CORPUS)
 * against the rules: of a pair that is told, the file before draws the rule and the file after does not. Prints the
 * three counts and fails where a claim does not hold.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { diskFiles, slashed } from '../server/src/cli/disk.ts';
import { analyze } from '../server/src/engine/index.ts';
import { FIX_PAIRS, type FixPair, type Verdict } from './audit/fix-pairs.ts';

const corpus = resolve(process.argv[2] ?? process.env['BATCHWISE_CORPUS'] ?? '../shared/corpus');
const folder = join(corpus, 'fixes');
const count = (verdict: Verdict): number => FIX_PAIRS.filter((pair) => pair.verdict === verdict).length;

console.log(
  `${FIX_PAIRS.length} pairs: ${count('told')} fixes that the text tells, ${count('untold')} that it does not, ${count('no-fix')} that fix nothing.`,
);
if (!existsSync(folder)) console.log(`No pairs at ${folder}: the claims were not checked.`);
else checkClaims();

function checkClaims(): void {
  const paths = originalPaths();
  const told = FIX_PAIRS.filter((pair) => pair.verdict === 'told');
  const broken = told.flatMap((pair) => {
    const [before, after] = ['before', 'after'].map((side) => rulesOn(pair, side, paths.get(pair.id) ?? ''));
    const holds = before?.includes(pair.rule ?? '') === true && after?.includes(pair.rule ?? '') === false;
    return holds ? [] : [`${pair.id} ${pair.rule}: before ${before?.join(' ')}; after ${after?.join(' ')}`];
  });
  const unjudged = [...paths.keys()].filter((id) => !FIX_PAIRS.some((pair) => pair.id === id));
  for (const line of broken) console.log(`NOT SO ${line}`);
  for (const id of unjudged) console.log(`NOT JUDGED ${id}`);
  console.log(`${told.length - broken.length} of ${told.length} told: flagged before, not after.`);
  if (broken.length > 0 || unjudged.length > 0) process.exitCode = 1;
}

/** Where each pair's file stood in its repository: names say what a recipe is for. */
function originalPaths(): ReadonlyMap<string, string> {
  const [header = '', ...rows] = readFileSync(join(folder, 'fixes.tsv'), 'utf8').trimEnd().split('\n');
  const column = header.split('\t').indexOf('path');
  return new Map(rows.map((row) => [row.split('\t')[0] ?? '', row.split('\t')[column] ?? '']));
}

function rulesOn(pair: FixPair, side: string, path: string): readonly string[] {
  const name = readdirSync(folder).find((candidate) => candidate.startsWith(`${pair.id}.${side}.`)) ?? '';
  const text = readFileSync(join(folder, name), 'utf8');
  const file = slashed(join(folder, pair.id, path));
  const settings = { gpu: pair.gpu, gpus: pair.gpus };
  return analyze({ file, text, files: diskFiles(corpus), settings }).findings.map((finding) => finding.rule);
}
