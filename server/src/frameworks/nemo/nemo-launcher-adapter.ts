import schema from '../../../../schemas/nemo.schema.json' with { type: 'json' };
import type { ConfigPath, ConfigTree } from '../../text/index.ts';
import { defineAdapter, type Section } from '../kit/define-adapter.ts';
import { type Sign, topKeys, weigh } from '../kit/evidence.ts';
import { HYDRA_DEFAULTS } from '../kit/hydra-defaults.ts';
import { lostReferences } from '../kit/lost-references.ts';
import type { JsonSchema, KeyIssue } from '../types.ts';
import { residentsOfAligner } from './aligner-keys.ts';
import { NEMO_KEYS } from './nemo-keys.ts';
import { CONVERTS, isNemoFragment } from './recognise.ts';
import { settleNemo } from './settle-nemo.ts';

const SIGNS: readonly Sign[] = [
  { key: 'run.name', weight: 30 },
  { key: 'run.time_limit', weight: 30 },
  { key: 'run.results_dir', weight: 20 },
  { key: 'run.dependency', weight: 20 },
  { key: 'trainer.num_nodes', weight: 15 },
  { key: 'exp_manager', weight: 20 },
  { key: 'model.optim', weight: 15 },
  { key: 'model.micro_batch_size', weight: 10 },
  CONVERTS,
];

/** Recipes of NeMo-Framework-Launcher: NeMo's with a `run` section, mounted in a larger config under their stage. */
export const nemoLauncherAdapter = defineAdapter({
  id: 'nemo-launcher',
  title: 'NeMo Framework Launcher',
  loaders: { yaml: 'omegaconf' },
  recognise: (input) => weigh(input, SIGNS),
  keys: NEMO_KEYS,
  // As in nemo-adapter.ts.
  schema: schema as unknown as JsonSchema,
  policy: { unknownKeys: 'accepted', castsNumbers: () => true },
  inherits: HYDRA_DEFAULTS,
  mount: stageOf,
  issues: referencesPastStage,
  sections: rolesOf,
  partial: (tree) => rolesOf(tree).length === 1 && isNemoFragment(tree),
  settle: settleNemo,
  residents: residentsOfAligner,
});

/** Actor and critic of a PPO run are configs of their own in one file. */
function rolesOf(tree: ConfigTree): readonly Section[] {
  const keys = topKeys(tree);
  const roles = ['actor', 'critic'].filter((role) => keys.has(role) && !keys.has('model'));
  return roles.length === 0 ? [{ name: 'main', base: [] }] : roles.map((name) => ({ name, base: [name] }));
}

/** What refers to the file's own keys without the stage they are under. */
function referencesPastStage(tree: ConfigTree): readonly KeyIssue[] {
  const [stage] = stageOf(tree) ?? [];
  return stage === undefined ? [] : lostReferences(tree, String(stage), topKeys(tree));
}

/** `${training.model.x}` where `training` is no key of the file but `model` is: the stage the file stands for. */
function stageOf(tree: ConfigTree): ConfigPath | undefined {
  const keys = topKeys(tree);
  const stages = new Set<string>();
  for (const [, stage, inner] of tree.text.matchAll(/\$\{([a-z_]+)\.([a-z_]+)[.}]/g)) {
    if (stage !== undefined && inner !== undefined && !keys.has(stage) && keys.has(inner)) stages.add(stage);
  }
  const [only, ...others] = stages;
  return only === undefined || others.length > 0 ? undefined : [only];
}
