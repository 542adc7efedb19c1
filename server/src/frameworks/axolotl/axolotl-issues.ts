import { type ConfigTree, entryAt } from '../../text/index.ts';
import { aroundOf } from '../kit/around.ts';
import { checkKeys } from '../kit/key-checks.ts';
import type { Around, KeyIssue } from '../types.ts';
import { AXOLOTL_CHECKS } from './axolotl-checks.ts';
import { AXOLOTL_RUN_CHECKS } from './axolotl-run-checks.ts';
import { CUT_CROSS_ENTROPY_PLUGIN, LIGER_PLUGIN, usesPlugin } from './memory-keys.ts';

/** Keys that only a plugin reads, by their beginning. */
const PLUGIN_KEYS: readonly (readonly [RegExp, string])[] = [
  [/^liger_/, LIGER_PLUGIN],
  [/^cut_cross_entropy$/, CUT_CROSS_ENTROPY_PLUGIN],
  [/^spectrum_/, 'axolotl.integrations.spectrum.SpectrumPlugin'],
  [/^kd_/, 'axolotl.integrations.kd.KDPlugin'],
  [/^grokfast_/, 'axolotl.integrations.grokfast.GrokfastPlugin'],
  [/^lm_eval_/, 'axolotl.integrations.lm_eval.LMEvalPlugin'],
  [/^expert_parallel_/, 'axolotl.integrations.expert_parallel.ExpertParallelPlugin'],
];

/** Issues that the schema cannot express. */
export function axolotlIssues(tree: ConfigTree): readonly KeyIssue[] {
  const around = aroundOf(tree);
  return [
    ...checkKeys(tree, [...AXOLOTL_CHECKS, ...AXOLOTL_RUN_CHECKS]),
    ...keysWithoutPlugin(tree, around),
    ...fourBitLora(tree, around),
    ...twoBackends(tree, around),
  ];
}

/** A plugin's key without the plugin is dropped in silence. */
function keysWithoutPlugin(tree: ConfigTree, around: Around): readonly KeyIssue[] {
  if (tree.root?.kind !== 'map') return [];
  return tree.root.entries.flatMap((entry): readonly KeyIssue[] => {
    const plugin = PLUGIN_KEYS.find(([name]) => name.test(entry.key))?.[1];
    if (plugin === undefined || usesPlugin(around, plugin) || around.get(entry.key) !== true) return [];
    // A plugin of somebody else's may read the key as well.
    if (hasForeignPlugin(around)) return [];
    return [
      {
        kind: 'needs-other-key',
        at: { file: tree.file, ...entry.keyRange },
        path: [entry.key],
        key: entry.key,
        data: { needs: 'plugins', expected: plugin, consequence: 'the key has no effect' },
        effect: 'dropped',
        ...withPlugin(tree, around, plugin),
      },
    ];
  });
}

function withPlugin(tree: ConfigTree, around: Around, plugin: string): Pick<KeyIssue, 'mend'> {
  const listed = around.get('plugins') ?? [];
  if (!Array.isArray(listed)) return {};
  const edits = [{ file: tree.file, path: ['plugins'], to: [...listed, plugin] }];
  return { mend: { title: `List ${plugin.slice(plugin.lastIndexOf('.') + 1)} in plugins`, safe: false, edits } };
}

/** Whether keys unknown to axolotl may belong to a plugin of somebody else's. */
export function hasForeignPlugin(around: Around): boolean {
  const plugins = around.get('plugins');
  return Array.isArray(plugins) && plugins.some((name) => typeof name !== 'string' || !name.startsWith('axolotl.'));
}

/** The base is loaded in 4 bit for `adapter: qlora` alone (axolotl: src/axolotl/loaders/model.py). */
function fourBitLora(tree: ConfigTree, around: Around): readonly KeyIssue[] {
  const entry = entryAt(tree, ['load_in_4bit']);
  if (entry === undefined || around.get('load_in_4bit') !== true || around.get('adapter') !== 'lora') return [];
  // A checkpoint that is quantised already brings its own settings.
  const name = around.get('base_model');
  if (typeof name === 'string' && /bnb|nf4|4bit|4-bit/i.test(name)) return [];
  return [
    {
      kind: 'needs-other-key',
      at: { file: tree.file, ...entry.value.range },
      path: ['load_in_4bit'],
      key: 'load_in_4bit',
      data: { needs: 'adapter', expected: 'qlora', consequence: 'the base is loaded in 16 bit' },
      effect: 'dropped',
      mend: {
        title: 'Set adapter to qlora',
        safe: false,
        edits: [{ file: tree.file, path: ['adapter'], to: 'qlora' }],
      },
    },
  ];
}

const BACKEND_SWITCHES = ['xformers', 'sage', 'flex', 'flash', 'sdp', 'eager'].map((name) => `${name}_attention`);

/** `attn_implementation` beside an old switch is refused. */
function twoBackends(tree: ConfigTree, around: Around): readonly KeyIssue[] {
  const chosen = around.get('attn_implementation');
  if (typeof chosen !== 'string') return [];
  return BACKEND_SWITCHES.flatMap((name): readonly KeyIssue[] => {
    const entry = around.get(name) === true ? entryAt(tree, [name]) : undefined;
    if (entry === undefined) return [];
    return [
      {
        kind: 'not-allowed',
        at: { file: tree.file, ...entry.keyRange },
        path: [name],
        key: name,
        data: { found: 'true', expected: `nothing beside attn_implementation: ${chosen}` },
        effect: 'refused',
        mend: { title: `Remove ${name}`, safe: false, edits: [{ file: tree.file, path: [name], unset: true }] },
      },
    ];
  });
}
