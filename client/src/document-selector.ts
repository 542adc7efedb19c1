import { languages, type TextDocument } from 'vscode';
import { saysTraining } from './training-words.ts';

/** Where configs live: disks, remotes, virtual workspaces, unsaved editors. Git's old versions and settings are left alone. */
const SCHEMES = ['file', 'untitled', 'vscode-remote', 'vscode-vfs', 'vscode-test-web', 'memfs', 'github'];

const LANGUAGES = ['yaml', 'json', 'jsonc', 'toml', 'shellscript', 'python'];

/** Without an extension for it, VS Code has no language for TOML; the name then tells. */
const TOML_PATTERN = '**/*.toml';

/** The documents that the server is told of. */
export const documentSelector = SCHEMES.flatMap((scheme) => [
  ...LANGUAGES.map((language) => ({ scheme, language })),
  { scheme, pattern: TOML_PATTERN },
]);

/** Whether a document is worth starting the server for. */
export function mayTrain(document: TextDocument): boolean {
  return languages.match(documentSelector, document) > 0 && saysTraining(document.languageId, document.getText());
}

/** Whether an editor shows a file of the workspace, rather than output, a comment box or an old version. */
export function isFollowed(document: TextDocument): boolean {
  return SCHEMES.includes(document.uri.scheme);
}
