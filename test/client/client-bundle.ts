import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'node_modules/.cache/batchwise/client-test');

export interface Extension {
  activate(context: unknown): void;
  deactivate(): Promise<void>;
}

export type Flavour = 'node' | 'browser';

/** Builds the extension's bundle as esbuild.mjs does for a release; answers its path. */
export async function buildClient(flavour: Flavour): Promise<string> {
  const outfile = join(FOLDER, `${flavour}.cjs`);
  await build({
    entryPoints: [join(ROOT, `client/src/extension-${flavour}.ts`)],
    outfile,
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: flavour,
    target: 'es2022',
    mainFields: flavour === 'node' ? ['module', 'main'] : ['browser', 'module', 'main'],
    external: ['vscode'],
    legalComments: 'none',
    logLevel: 'error',
  });
  return outfile;
}

/** Runs a bundle with another `vscode` module in place of the editor's. */
export function loadClient(path: string, vscode: unknown): Extension {
  const nodeRequire = Module.createRequire(path);
  const module: { exports: unknown } = { exports: {} };
  const load = new Function('require', 'module', 'exports', readFileSync(path, 'utf8'));
  load((id: string) => (id === 'vscode' ? vscode : nodeRequire(id)), module, module.exports);
  return module.exports as Extension; // The bundle exports what VS Code calls.
}

export function extensionContext(): unknown {
  return { subscriptions: [], extensionUri: { scheme: 'file', path: ROOT } };
}
