import type { ShellWord } from './shell-words.ts';
import type { ConfigNode, MapEntry, MapNode, ScalarNode, TextRange } from './types.ts';

/** Megatron-LM's own flags, which its configs hold as they are; a command with this one is Megatron's. */
const MEGATRON_FLAG = '--micro-batch-size';

/**
 * A program's arguments as a config: `--name value`, `--name=value` and `--name` at the top, Hydra's `a.b=value`
 * nested. Values keep the range of their own text; what comes from outside the script is unresolved.
 */
export function argumentTree(words: readonly ShellWord[], range: TextRange, text: string): MapNode {
  const root = new OpenMap(range);
  const isMegatron = words.some((word) => word.text === MEGATRON_FLAG || word.text.startsWith(`${MEGATRON_FLAG}=`));
  const flags = isMegatron ? root.child('MODEL_ARGS', range) : root;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    // What follows is an argument by place, whatever it looks like.
    if (word.text === '--') continue;
    if (word.text.startsWith('--')) at += addFlag(flags, words, at, isMegatron, text);
    else addOverride(root, word, text);
  }
  return root.close();
}

/** Adds one flag and answers how many further words it took. */
function addFlag(map: OpenMap, words: readonly ShellWord[], at: number, keepDashes: boolean, text: string): number {
  const word = words[at];
  if (word === undefined) return 0;
  const equals = word.text.indexOf('=');
  const flag = equals === -1 ? word.text : word.text.slice(0, equals);
  const name = keepDashes ? flag : flag.slice(2);
  const keyRange = { start: word.range.start, end: Math.min(word.range.end, word.range.start + flag.length) };
  if (equals !== -1) {
    map.add(name, keyRange, scalar(partOf(word, equals + 1), text));
    return 0;
  }
  const values: ShellWord[] = [];
  for (let next = at + 1; next < words.length; next += 1) {
    const value = words[next];
    if (value === undefined || isFlag(value.text)) break;
    values.push(value);
  }
  map.add(name, keyRange, valueNode(values, { start: keyRange.end, end: keyRange.end }, text));
  return values.length;
}

function isFlag(text: string): boolean {
  return text === '--' || /^--?[A-Za-z]/.test(text) || /^[+~]{0,2}[\w]+(\.[\w]+)+=/.test(text);
}

function valueNode(values: readonly ShellWord[], empty: TextRange, text: string): ConfigNode {
  const [first] = values;
  if (first === undefined) return { kind: 'scalar', range: empty, value: true, source: '', style: 'plain' };
  if (values.length === 1) return scalar(first, text);
  const last = values.at(-1) ?? first;
  return {
    kind: 'seq',
    range: { start: first.range.start, end: last.range.end },
    items: values.map((value) => scalar(value, text)),
    flow: true,
  };
}

function addOverride(root: OpenMap, word: ShellWord, text: string): void {
  const match = /^[+~]{0,2}([\w@/-]+(?:\.[\w-]+)*)=/.exec(word.text);
  if (match?.[1] === undefined) return;
  const path = match[1].split('.');
  const name = path.pop() ?? '';
  const keyRange = { start: word.range.start, end: Math.min(word.range.end, word.range.start + match[0].length - 1) };
  const map = path.reduce((open, step) => open.child(step, keyRange), root);
  map.add(name, keyRange, scalar(partOf(word, match[0].length), text));
}

/** A word from `offset` on; its range follows where the word is written as it reads. */
function partOf(word: ShellWord, offset: number): ShellWord {
  const isLiteral = word.range.end - word.range.start === word.text.length;
  const start = isLiteral ? word.range.start + offset : word.range.start;
  return { text: word.text.slice(offset), range: { start, end: word.range.end }, known: word.known };
}

function scalar(word: ShellWord, text: string): ScalarNode {
  const range = innerRange(word, text);
  const base = { kind: 'scalar', range, source: word.text, style: 'plain' } as const;
  return word.known ? { ...base, value: typed(word.text) } : { ...base, value: word.text, unresolved: 'interpolation' };
}

/** Without the quotes around it, so that an edit keeps them. */
function innerRange(word: ShellWord, text: string): TextRange {
  const { start, end } = word.range;
  const quote = text[start];
  const isQuoted = (quote === '"' || quote === "'") && text[end - 1] === quote && end - start === word.text.length + 2;
  return isQuoted ? { start: start + 1, end: end - 1 } : word.range;
}

/** Argument parsers cast text to what the option wants; a number that reads as one is given as one. */
function typed(source: string): string | number | boolean | null {
  if (/^[-+]?(\d[\d_]*\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(source)) return Number(source.replaceAll('_', ''));
  if (source === 'true' || source === 'True') return true;
  if (source === 'false' || source === 'False') return false;
  return source === 'null' || source === 'None' ? null : source;
}

/** A map while its entries are gathered: the last of equal keys counts, as on any command line. */
class OpenMap {
  private readonly entries: MapEntry[] = [];
  private readonly children = new Map<string, OpenMap>();
  private readonly range: TextRange;

  constructor(range: TextRange) {
    this.range = range;
  }

  child(key: string, keyRange: TextRange): OpenMap {
    const known = this.children.get(key);
    if (known !== undefined) return known;
    const child = new OpenMap(this.range);
    this.children.set(key, child);
    this.entries.push({ key, keyRange, value: { kind: 'map', range: this.range, entries: [], flow: true } });
    return child;
  }

  add(key: string, keyRange: TextRange, value: ConfigNode): void {
    const earlier = this.entries.findIndex((entry) => entry.key === key && entry.overwritten === undefined);
    const before = this.entries[earlier];
    if (before !== undefined) this.entries[earlier] = { ...before, overwritten: true };
    this.entries.push({ key, keyRange, value });
  }

  close(): MapNode {
    const entries = this.entries.map((entry) => {
      const child = this.children.get(entry.key);
      return child === undefined || entry.value.kind !== 'map' ? entry : { ...entry, value: child.close() };
    });
    return { kind: 'map', range: this.range, entries, flow: true };
  }
}
