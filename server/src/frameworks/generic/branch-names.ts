/** Branches that are about something else than the trained model's steps. */
export const FOREIGN_BRANCH =
  /eval|valid|^val(?!ue)|^dev(set|data|loader|ds)?$|test|infer|generat|(?<!batch)sampl|critic|reward|teacher|discrim|^ref|rollout|vllm|sglang|serv|benchmark|profil|export|finder|sweep|search|^ci$/;

/** Branches that say of the run no more than how long its texts are: of what is saved, the dtype is its own. */
export const ASIDE_BRANCH = /tokenizer|^save$/;

/** Top-level keys of files that are no training configs, whatever numbers they hold. */
export const FOREIGN_KEYS: ReadonlySet<string> = new Set([
  'apiVersion',
  'services',
  'jobs',
  'stages',
  'openapi',
  'swagger',
  'definitions',
  'dependencies',
  'devDependencies',
  'compilerOptions',
  'lockfileVersion',
  'eslintConfig',
  'rules',
  'repos',
  'log_history',
  'architectures',
  'num_leaves',
  'n_estimators',
  'booster',
  'sweep_id',
]);
