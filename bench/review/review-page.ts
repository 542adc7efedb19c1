import { shuffled } from './shuffled.ts';
import { type Judged, VERDICTS, type Verdict } from './verdict.ts';

/** Findings in one draw, and the seeds whose draws the page tells. */
const DRAW = 200;
const SEEDS = [1, 2, 3, 4, 5];

/** docs/finding-review.md: what a reader said of every finding that published configs draw. */
export function reviewPage(findings: readonly Judged[]): string {
  return `# Findings judged by a reader

<!-- written by npm run review -- --all --write docs/finding-review.md from bench/data/finding-verdicts.tsv -->

Batchwise is to be quiet on configs that people publish and train with. Every finding at warning or above that the configs of the development corpus draw was judged by somebody who opened the file: of ${findings.length} findings ${counted(findings)}.

Few configs state their GPU, so the findings on memory are those of two worlds, for files that state nothing else: eight H100 of 80 GB (or more of them, in powers of two, where parallel degrees need more), and one A100 of 40 GB. What both worlds have in common is listed of the first. The before and after of fixes are not among the files.

- *Right*: true, and worth a warning to somebody who would start this config on that hardware, also where the recipe is plainly made for larger hardware.
- *Arguable*: true as worded, but somebody who knows the data, a comment or a tool around the config may shrug.
- *Wrong*: not true, or about a config that is known to run there.

Each finding was held against its file, the files that it names and, where the claim is about a framework, the framework's source; memory against arithmetic done by hand and what names and comments say of the hardware. Nothing was run. Reasons of recipes of one family are worded alike. The readers knew the rules, so they were not blind. A first reading found 35 wrong and about 97 arguable among 327; what was wrong was mended at its root and those findings are gone from this list, so it says how the tool stands on configs that were looked at, not on unseen ones.

\`npm run review -- --seed N\` draws ${DRAW} at random and prints each with its verdict; it fails where a finding has none, so a change of a rule that brings a new one has to be judged.

| seed | right | arguable | wrong |
|---|---:|---:|---:|
${SEEDS.map((seed) => row(`${seed}`, shuffled(findings, seed).slice(0, DRAW))).join('\n')}

## By rule

| rule | right | arguable | wrong |
|---|---:|---:|---:|
${rulesOf(findings)
  .map((rule) =>
    row(
      `[${rule}](rules/${rule}.md)`,
      findings.filter((one) => one.rule === rule),
    ),
  )
  .join('\n')}

## Every finding

Messages are those of today. Hardware is what was assumed where the file states none.

| file and line | hardware | rule | message | verdict | why |
|---|---|---|---|---|---|
${findings.map(findingRow).join('\n')}
`;
}

function counted(findings: readonly Judged[]): string {
  const [right, arguable, wrong] = VERDICTS.map((verdict) => numberOf(findings, verdict));
  return `${right} are right, ${arguable} arguable and ${wrong} wrong`;
}

function row(name: string, findings: readonly Judged[]): string {
  return `| ${[name, ...VERDICTS.map((verdict) => numberOf(findings, verdict))].join(' | ')} |`;
}

function numberOf(findings: readonly Judged[], verdict: Verdict): number {
  return findings.filter((finding) => finding.verdict === verdict).length;
}

/** The most frequent first. */
function rulesOf(findings: readonly Judged[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).map(([rule]) => rule);
}

function findingRow({ path, line, hardware, rule, message, verdict, why }: Judged): string {
  const cells = [
    `\`${path.replaceAll('__', '/')}\`:${line}`,
    hardware,
    rule,
    message,
    verdict ?? 'not judged',
    why ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
