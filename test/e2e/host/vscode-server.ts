import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { hostEntry } from './install-host.ts';

/** Something that serves VS Code with the packaged extension. Nothing of the user's own VS Code is read or written. */
export interface VsCodeServer {
  /** A temporary folder that goes with the server; the folders that windows open are made in it. */
  readonly folder: string;
  /** Address of a window on a folder, with one of its files open. */
  readonly address: (folder: string, file: string) => string;
  /** What the extension host of the newest window and its extensions logged so far. */
  readonly extensionHostLog: () => string;
  readonly stop: () => Promise<void>;
}

/** Without these VS Code shows welcome pages, asks questions, saves by itself or looks for updates. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'editor.inlayHints.enabled': 'on',
  'security.workspace.trust.enabled': false,
  'window.restoreWindows': 'none',
  'chat.disableAIFeatures': true,
};

/** Arguments that keep a server's settings, extensions and own configuration inside `folder`. */
export function foldersOf(folder: string): readonly string[] {
  const data = ['--user-data-dir', join(folder, 'data')];
  return [...data, '--extensions-dir', join(folder, 'extensions'), '--config', join(folder, 'config.yaml')];
}

/**
 * Installs a .vsix for the server of `folder`.
 *
 * @returns where the extension lies unpacked
 * @throws Error with VS Code's own words when it refuses the package
 */
export function installExtension(vsix: string, folder: string): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [hostEntry, ...foldersOf(folder), '--install-extension', vsix],
    { encoding: 'utf8', env: { ...process.env, HOME: folder } },
  );
  const installed = readdirSync(join(folder, 'extensions')).find((name) => name.startsWith('batchwise.'));
  if (status !== 0 || installed === undefined) throw new Error(`The extension was not installed: ${stdout}${stderr}`);
  return join(folder, 'extensions', installed);
}
