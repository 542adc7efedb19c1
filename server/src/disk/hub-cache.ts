import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** No model's config.json is larger; what is, is not one. */
const MAX_CONFIG_BYTES = 100_000;

/**
 * The config.json of a hub model that this machine has downloaded, newest snapshot first (huggingface_hub: file_download.py,
 * the layout of the cache; constants.py, HF_HOME and HF_HUB_CACHE). Nothing is fetched.
 */
export function cachedModelConfig(name: string): string | undefined {
  const [owner, model, ...more] = name.split('/');
  if (owner === undefined || model === undefined || more.length > 0 || !/^[\w.-]+\/[\w.-]+$/.test(name))
    return undefined;
  const snapshots = join(cacheFolder(), `models--${owner}--${model}`, 'snapshots');
  try {
    const newest = readdirSync(snapshots)
      .map((snapshot) => join(snapshots, snapshot, 'config.json'))
      .flatMap((file) => statOf(file))
      .sort((one, other) => other.changed - one.changed)[0];
    return newest === undefined ? undefined : readFileSync(newest.file, 'utf8');
  } catch {
    return undefined;
  }
}

function cacheFolder(): string {
  const { HF_HUB_CACHE: cache, HF_HOME: home } = process.env;
  return cache ?? join(home ?? join(homedir(), '.cache', 'huggingface'), 'hub');
}

function statOf(file: string): readonly { readonly file: string; readonly changed: number }[] {
  try {
    const { size, mtimeMs } = statSync(file);
    return size <= MAX_CONFIG_BYTES ? [{ file, changed: mtimeMs }] : [];
  } catch {
    return [];
  }
}
