import {
  ConfigurationTarget,
  type QuickPickItem,
  Range,
  type TextDocument,
  Uri,
  WorkspaceEdit,
  window,
  workspace,
} from 'vscode';
import { type Hardware, PROJECT_FILE, withHardware } from './project-file.ts';

export interface SaveTarget extends QuickPickItem {
  save(hardware: Hardware): Promise<void>;
}

/** The places that can keep hardware for a document, the nearest first. */
export async function saveTargets(document: TextDocument | undefined): Promise<readonly SaveTarget[]> {
  const folder = document === undefined ? undefined : workspace.getWorkspaceFolder(document.uri);
  const root = folder ?? workspace.workspaceFolders?.[0];
  const file = root === undefined ? undefined : await projectFile(document?.uri, root.uri);
  const projectTarget: readonly SaveTarget[] =
    file === undefined
      ? []
      : [
          {
            label: `$(json) ${workspace.asRelativePath(file, false)}`,
            description: 'in the project, for the terminal and CI too',
            save: (hardware) => saveInProject(file, hardware),
          },
        ];
  const workspaceTarget: readonly SaveTarget[] =
    root === undefined
      ? []
      : [
          {
            label: '$(root-folder) Workspace settings',
            description: 'for this workspace',
            save: (hardware) => saveInSettings(ConfigurationTarget.Workspace, hardware),
          },
        ];
  return [
    ...projectTarget,
    ...workspaceTarget,
    {
      label: '$(account) User settings',
      description: 'for everything you open',
      save: (hardware) => saveInSettings(ConfigurationTarget.Global, hardware),
    },
  ];
}

/** The nearest project file from the config upwards; where there is none, the one to make in the workspace folder. */
async function projectFile(config: Uri | undefined, root: Uri): Promise<Uri> {
  let folder = config === undefined ? root : Uri.joinPath(config, '..');
  while (folder.path.startsWith(root.path) && folder.path !== root.path) {
    const candidate = Uri.joinPath(folder, PROJECT_FILE);
    if (await exists(candidate)) return candidate;
    folder = Uri.joinPath(folder, '..');
  }
  return Uri.joinPath(root, PROJECT_FILE);
}

async function exists(uri: Uri): Promise<boolean> {
  try {
    await workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

/** In its editor where one is open, so that unsaved changes there are not lost; otherwise on disk. */
async function saveInProject(file: Uri, hardware: Hardware): Promise<void> {
  const open = workspace.textDocuments.find(({ uri }) => uri.toString() === file.toString());
  const before = open === undefined ? await textOf(file) : open.getText();
  const after = withHardware(before, hardware);
  if (after === undefined) {
    void window.showWarningMessage(
      `${workspace.asRelativePath(file)} is no valid JSON object, so nothing was written.`,
    );
    return;
  }
  if (open === undefined) return workspace.fs.writeFile(file, new TextEncoder().encode(after));
  const change = new WorkspaceEdit();
  change.replace(file, new Range(open.positionAt(0), open.positionAt(before.length)), after);
  if (await workspace.applyEdit(change)) await open.save();
}

/** Empty where there is no such file yet. */
async function textOf(file: Uri): Promise<string> {
  try {
    return new TextDecoder().decode(await workspace.fs.readFile(file));
  } catch {
    return '';
  }
}

async function saveInSettings(target: ConfigurationTarget, { gpu, gpus }: Hardware): Promise<void> {
  const settings = workspace.getConfiguration('batchwise');
  await settings.update('gpu', gpu ?? undefined, target);
  await settings.update('gpus', gpus ?? undefined, target);
}
