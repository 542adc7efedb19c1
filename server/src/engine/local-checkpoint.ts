import { findModel, shapeFromHfConfig } from '../facts/index.ts';
import type { TrainingPlan } from '../plan/index.ts';
import { parseText, toValue, withLoader } from '../text/index.ts';
import type { WorkspaceFiles } from './linked-files.ts';

/** Above this length no config.json of a model is read: they are a few kB. */
const MAX_CONFIG_LENGTH = 100_000;

/** No path to a checkpoint is as long. */
const MAX_NAME_LENGTH = 300;

/** The config.json of a checkpoint in the workspace. */
export interface LocalCheckpoint {
  /** The file's text, as `model.configJson` holds it. */
  readonly json: string;
  /** Its path below the config, for origins. */
  readonly name: string;
}

/**
 * The checkpoint folder of the workspace that the plan's model names, or a hub model that was downloaded and that the
 * catalogue does not have.
 */
export function localCheckpoint(plan: TrainingPlan, file: string, files: WorkspaceFiles): LocalCheckpoint | undefined {
  const name = plan.values['model.name']?.value;
  if (name === undefined) return undefined;
  if (!mayBeFolder(name, files)) return downloaded(name, files);
  const path = `${name.replace(/\/+$/, '')}/config.json`;
  const found = files.resolve(file, path);
  const json = found.found ? files.text(found.file) : undefined;
  return json === undefined || !statesShape(found.file, json) ? undefined : { json, name: path.replace(/^\.\//, '') };
}

function downloaded(name: string, files: WorkspaceFiles): LocalCheckpoint | undefined {
  if (findModel(name) !== undefined) return undefined;
  const json = files.modelConfig(name);
  return json === undefined || !statesShape(`${name}/config.json`, json)
    ? undefined
    : { json, name: `the downloaded config.json of ${name}` };
}

/** A path by its looks, or a name that no catalogue has and that begins with a folder of the workspace. */
function mayBeFolder(name: string, files: WorkspaceFiles): boolean {
  if (name === '' || name.length > MAX_NAME_LENGTH || /^[\w+.-]+:\/\//.test(name)) return false;
  if (/^\.{0,2}\//.test(name)) return true;
  const [top = ''] = name.split('/');
  return findModel(name) === undefined && files.foldersUp().some((folder) => files.list(folder).includes(top));
}

function statesShape(file: string, json: string): boolean {
  if (json.length > MAX_CONFIG_LENGTH) return false;
  const { root } = withLoader(parseText(file, json, 'json'), 'json');
  const value = root === undefined ? undefined : toValue(root);
  return typeof value === 'object' && value !== null && shapeFromHfConfig(value) !== undefined;
}
