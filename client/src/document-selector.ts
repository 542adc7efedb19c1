import { languages, type TextDocument } from 'vscode';

/** Where configs live: disks, remotes, virtual workspaces, unsaved editors. Git's old versions and settings are left alone. */
const SCHEMES = ['file', 'untitled', 'vscode-remote', 'vscode-vfs', 'vscode-test-web', 'memfs', 'github'];

const LANGUAGES = ['yaml', 'json', 'jsonc', 'toml'];

/** Without an extension for it, VS Code has no language for TOML; the name then tells. */
const TOML_PATTERN = '**/*.toml';

/** The documents that the server is told of. */
export const documentSelector = SCHEMES.flatMap((scheme) => [
  ...LANGUAGES.map((language) => ({ scheme, language })),
  { scheme, pattern: TOML_PATTERN },
]);

/** How much of a text is looked at, in UTF-16 units; a training config says early that it trains. */
const LOOK = 65_536;

/** Some word of this list stands in every config that trains or shards a model. */
const TRAINING_WORDS =
  /batch|learning|\blr\b|optim|epoch|train|max_steps|timesteps|zero_optimization|fsdp|deepspeed|parallel|distributed_type|lora/i;

/** Whether a document is worth starting the server for. Generous: the server decides what a training config is. */
export function mayTrain(document: TextDocument): boolean {
  if (languages.match(documentSelector, document) === 0) return false;
  return TRAINING_WORDS.test(document.getText().slice(0, LOOK));
}

/** Whether an editor shows a file of the workspace, rather than output, a comment box or an old version. */
export function isFollowed(document: TextDocument): boolean {
  return SCHEMES.includes(document.uri.scheme);
}
