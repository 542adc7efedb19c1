/**
 * Builds every bundle into dist/.
 *
 *   node esbuild.mjs               production bundles
 *   node esbuild.mjs --dev         with source maps, not minified
 *   node esbuild.mjs --watch       --dev, rebuilt on change
 *   node esbuild.mjs run FILE.ts -- ARGS   bundles one script and runs it
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, context } from 'esbuild';

const flags = process.argv.slice(2);

/** Without `module` first, jsonc-parser bundles cleanly and dies when loaded: its UMD build requires by path. */
const common = {
  bundle: true,
  mainFields: ['module', 'main'],
  target: 'es2022',
  logLevel: 'warning',
  legalComments: 'none',
};

/** CommonJS packages inside an ES module bundle still call `require` for Node's own modules. */
const requireShim = {
  js: "import { createRequire as batchwiseCreateRequire } from 'node:module'; const require = batchwiseCreateRequire(import.meta.url);",
};

const browser = { platform: 'browser', mainFields: ['browser', 'module', 'main'] };

const bundles = [
  {
    entryPoints: { cli: 'server/src/cli/main.ts' },
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    banner: { js: `#!/usr/bin/env node\n${requireShim.js}` },
  },
  {
    entryPoints: { server: 'server/src/lsp/main-node.ts' },
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    banner: { js: `#!/usr/bin/env node\n${requireShim.js}` },
  },
  { entryPoints: { 'server.browser': 'server/src/lsp/main-browser.ts' }, ...browser, format: 'iife' },
  {
    entryPoints: { client: 'client/src/extension-node.ts' },
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
    outExtension: { '.js': '.cjs' },
  },
  {
    entryPoints: { 'client.browser': 'client/src/extension-browser.ts' },
    ...browser,
    format: 'cjs',
    external: ['vscode'],
  },
  { entryPoints: { panel: 'client/webview/main.ts' }, ...browser, format: 'iife', loader: { '.css': 'text' } },
];

if (flags[0] === 'run') await runScript(flags[1], flags.slice(flags[2] === '--' ? 3 : 2));
else if (flags.includes('--watch')) await watchAll();
else await buildAll(flags.includes('--dev'));

async function buildAll(dev) {
  rmSync('dist', { recursive: true, force: true });
  await Promise.all(bundles.map((bundle) => build(options(bundle, dev))));
}

async function watchAll() {
  for (const bundle of bundles) await (await context({ ...options(bundle, true), logLevel: 'info' })).watch();
}

function options(bundle, dev) {
  return {
    ...common,
    ...bundle,
    mainFields: bundle.mainFields ?? common.mainFields,
    outdir: 'dist',
    minify: !dev,
    sourcemap: dev,
  };
}

async function runScript(file, args) {
  const outfile = join(
    'node_modules',
    '.cache',
    'batchwise',
    `${file.replace(/\.ts$/, '').replaceAll(/[\\/]/g, '-')}.mjs`,
  );
  await build({
    ...common,
    entryPoints: [file],
    platform: 'node',
    format: 'esm',
    outfile,
    banner: requireShim,
    sourcemap: 'inline',
    external: ['playwright-core', 'esbuild'],
  });
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...args], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
