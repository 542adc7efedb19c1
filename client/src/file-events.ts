import { type FileSystemWatcher, workspace } from 'vscode';
import type { FileEvent } from 'vscode-languageclient';

/** Configs link to files of these kinds; launchers and batchwise.json are among them. */
const LINKED_FILES = '**/*.{yaml,yml,json,toml,sh,bash,slurm,sbatch}';

/** Folders whose files no config means, however often tools rewrite them. */
const NOISY_FOLDERS = /\/(?:node_modules|\.git|\.hg|\.venv|venv|__pycache__|wandb|mlruns|\.cache|dist|out)\//;

export function watchLinkedFiles(): FileSystemWatcher {
  return workspace.createFileSystemWatcher(LINKED_FILES);
}

/** Keeps changes in folders of tools from the server. */
export async function quietFileEvents(event: FileEvent, next: (event: FileEvent) => Promise<void>): Promise<void> {
  if (!NOISY_FOLDERS.test(event.uri)) await next(event);
}
