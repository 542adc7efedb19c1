import { type ConfigNode, type ConfigPath, type ConfigTree, nodeAt } from '../../text/index.ts';
import type { Inheritance, Parent } from './compose.ts';

/**
 * Hydra's `defaults` list: `name`, `group: option`, `group@package: option`, with `optional`, `override`, `_self_`
 * and a leading `/` for the config root (hydra: hydra/core/default_element.py, hydra/_internal/defaults_list.py).
 * Without `_self_` the file itself comes last. Options that only the command line knows leave the config partial.
 */
export const HYDRA_DEFAULTS: Inheritance = {
  key: 'defaults',
  package: headerPackage,
  parents: (tree, into) => {
    const list = nodeAt(tree, ['defaults']);
    if (list?.kind !== 'seq') return [];
    const folders = searchFolders(tree);
    const self = list.items.findIndex((item) => item.kind === 'scalar' && item.value === '_self_');
    return list.items.flatMap((item, index) =>
      elementsOf(item, into).map((parent) => ({
        ...parent,
        paths: [...parent.paths, ...folders.flatMap((folder) => parent.paths.map((path) => `${folder}/${path}`))],
        overrides: self !== -1 && index > self,
      })),
    );
  },
};

/** Further folders that the config names, from where the program is started; absolute ones are of another machine. */
function searchFolders(tree: ConfigTree): readonly string[] {
  const list = nodeAt(tree, ['hydra', 'searchpath']);
  return (list?.kind === 'seq' ? list.items : []).flatMap((item) => {
    const folder = item.kind === 'scalar' ? /^file:\/\/(?!\/)(.+?)\/?$/.exec(String(item.value))?.[1] : undefined;
    return folder === undefined ? [] : [folder];
  });
}

function elementsOf(item: ConfigNode, into: ConfigPath): readonly Parent[] {
  if (item.kind === 'scalar') {
    if (item.value === null || item.value === '_self_') return [];
    if (item.unresolved !== undefined) return [{ range: item.range, paths: [] }];
    const words = wordsOf(String(item.value));
    const group = words.name.slice(0, Math.max(0, words.name.lastIndexOf('/')));
    return [parentAt(words.name, { words, group, node: item, into })];
  }
  if (item.kind !== 'map') return [{ range: item.range, paths: [] }];
  return item.entries.flatMap((entry) => choice(entry.key, entry.value, into));
}

interface Words {
  readonly optional: boolean;
  /** Replaces what another file chose, which cannot be told apart once merged. */
  readonly override: boolean;
  readonly name: string;
  /** The package after `@`, where one is given. */
  readonly at?: string;
}

function wordsOf(text: string): Words {
  const [last = '', ...before] = text.trim().split(/\s+/).reverse();
  const [name = '', at] = last.split('@');
  const flags = { optional: before.includes('optional'), override: before.includes('override') };
  return { ...flags, name, ...(at === undefined ? {} : { at }) };
}

/** `group: option`, or several options of one group. */
function choice(key: string, value: ConfigNode, into: ConfigPath): readonly Parent[] {
  const words = wordsOf(key);
  // Hydra's own groups (logging, launchers) are no part of the config.
  if (/^\/?hydra(\/|$)/.test(words.name)) return [];
  const options = value.kind === 'seq' ? value.items : [value];
  return options.flatMap((option): readonly Parent[] => {
    const known = option.kind === 'scalar' && option.unresolved === undefined;
    if (!known || words.override) return [{ range: option.range, paths: [] }];
    if (option.value === null) return [];
    const path = `${words.name}/${String(option.value)}`;
    return [parentAt(path, { words, group: words.name, node: option, into })];
  });
}

interface Element {
  readonly words: Words;
  /** The config group, whose name is the package unless another is given. */
  readonly group: string;
  readonly node: ConfigNode;
  readonly into: ConfigPath;
}

/** A leading `/` means the config root, which is some folder above: the reader climbs there by itself. */
function parentAt(path: string, element: Element): Parent {
  const { words, node } = element;
  const name = path.replace(/^\//, '').replace(/\.ya?ml$/, '');
  const fixed = words.at !== undefined && words.at !== '' && words.at !== '_group_';
  return {
    range: node.range,
    paths: [`${name}.yaml`, `${name}.yml`],
    into: fixed ? givenPackage(words.at ?? '') : groupPackage(element),
    ...(fixed ? { fixed } : {}),
    ...(words.optional ? { optional: true } : {}),
  };
}

function givenPackage(at: string): ConfigPath {
  return at.split('.').filter((step) => step !== '_global_' && step !== '_here_');
}

/** The group's steps from the naming file's own place, which an absolute group may name again. */
function groupPackage({ group, into }: Element): ConfigPath {
  const steps = group.split('/').filter((step) => step !== '' && step !== '.' && step !== '..');
  const isBelow = group.startsWith('/') && into.every((step, index) => step === steps[index]);
  return isBelow ? steps.slice(into.length) : steps;
}

/** The package that a file's first comment gives it: `# @package _global_`, counted from the root of the whole. */
function headerPackage(tree: ConfigTree): ConfigPath | undefined {
  const header = /^@package:?\s+(\S+)/.exec(tree.comments[0]?.text ?? '')?.[1];
  return header === undefined || header === '_group_' ? undefined : givenPackage(header);
}
