import { commands, type Disposable, type LogOutputChannel, type TextDocument, Uri, window, workspace } from 'vscode';
import type { PanelPlace } from '../../server/src/protocol/panel.ts';
import {
  COMMAND_EDIT_REQUEST,
  type CommandEditParams,
  type CommandEditResult,
  EXPLAIN_REQUEST,
  type ExplainParams,
  type ExplainResult,
} from '../../server/src/protocol/requests.ts';
import type { ActiveConfig } from './active-config.ts';
import type { ExplainDocuments } from './explain-documents.ts';
import type { GitHead } from './git-head.ts';
import { chooseHardware } from './hardware-picker.ts';
import type { LanguageServer } from './language-server.ts';
import { openPlace } from './open-place.ts';
import type { PanelView } from './panel-view.ts';
import type { Platform } from './start.ts';
import { applyChanges } from './text-edits.ts';

export interface Parts {
  readonly server: LanguageServer;
  readonly active: ActiveConfig;
  readonly panel: PanelView;
  readonly explained: ExplainDocuments;
  readonly git: GitHead;
  readonly log: LogOutputChannel;
  readonly platform: Platform;
  /** Where the extension is installed, its documentation included. */
  readonly extension: Uri;
}

/** Every command of the manifest. */
export function registerCommands(parts: Parts): readonly Disposable[] {
  const { server, active, panel, log, platform, extension } = parts;
  const handlers: Readonly<Record<string, (argument?: unknown) => unknown>> = {
    'batchwise.showPanel': () => panel.show(),
    'batchwise.chooseHardware': () =>
      chooseHardware({
        server,
        document: active.document,
        current: active.hardware,
        localGpus: platform.localGpus,
      }),
    'batchwise.fitMicroBatch': () => editByCommand(parts, 'fitMicroBatch'),
    'batchwise.scaleLearningRate': () => editByCommand(parts, 'scaleLearningRate'),
    'batchwise.compareWithHead': () => compareWithHead(parts),
    'batchwise.explainValue': () => explainValue(parts),
    'batchwise.exportReport': () => exportReport(parts),
    'batchwise.restartServer': () => server.restart(),
    'batchwise.showOutput': () => log.show(),
    'batchwise.openRule': (rule) => openRulePage(extension, String(rule)),
    // The server makes the argument of these links, by the wire type.
    'batchwise.openLocation': (place) => openPlace(place as PanelPlace),
  };
  return Object.entries(handlers).map(([id, handler]) => commands.registerCommand(id, handler));
}

/** The page of a rule, as the preview of the Markdown file that is installed with the extension. */
async function openRulePage(extension: Uri, rule: string): Promise<void> {
  // The name comes from a link, which anybody's Markdown could hold.
  if (!/^[a-z0-9-]+$/.test(rule)) return;
  await commands.executeCommand('markdown.showPreview', Uri.joinPath(extension, 'docs', 'rules', `${rule}.md`));
}

async function editByCommand({ server, active }: Parts, command: CommandEditParams['command']): Promise<void> {
  const document = configOf(active);
  if (document === undefined) return;
  const result = await server.request<CommandEditParams, CommandEditResult>(COMMAND_EDIT_REQUEST, {
    uri: document.uri.toString(),
    command,
  });
  if (result === undefined) return;
  const changes = await applyChanges(result);
  const expected = result.changes.reduce((sum, change) => sum + change.edits.length, 0);
  if (changes === expected) void window.showInformationMessage(result.message);
}

async function compareWithHead({ git, active, panel }: Parts): Promise<void> {
  const document = configOf(active);
  if (document === undefined) return;
  const name = workspace.asRelativePath(document.uri);
  const before = await git.uriAtHead(document.uri);
  if (before === undefined) {
    void window.showInformationMessage(`${name} has no version at HEAD to compare with.`);
    return;
  }
  await panel.show('rates');
  await commands.executeCommand('vscode.diff', before, document.uri, `${name} (HEAD ↔ now)`);
}

async function explainValue({ server, active, explained }: Parts): Promise<void> {
  const document = configOf(active);
  const position = window.activeTextEditor?.selection.active;
  if (document === undefined || position === undefined) return;
  const result = await server.request<ExplainParams, ExplainResult>(EXPLAIN_REQUEST, {
    uri: document.uri.toString(),
    line: position.line,
    character: position.character,
  });
  if (result === undefined || result.markdown === '') {
    void window.showInformationMessage('There is no value at the cursor to explain.');
    return;
  }
  await explained.show(`Explain ${fileName(document)}`, result.markdown);
}

async function exportReport({ server, active }: Parts): Promise<void> {
  const document = configOf(active);
  if (document === undefined) return;
  const result = await server.request<ExplainParams, ExplainResult>(EXPLAIN_REQUEST, { uri: document.uri.toString() });
  if (result === undefined) return;
  const report = await workspace.openTextDocument({ language: 'markdown', content: result.markdown });
  await window.showTextDocument(report);
}

/** The active training config; says so where there is none. */
function configOf(active: ActiveConfig): TextDocument | undefined {
  if (active.document !== undefined && active.hardware !== undefined) return active.document;
  void window.showInformationMessage('The active editor holds no training config that Batchwise knows.');
  return undefined;
}

function fileName(document: TextDocument): string {
  return document.uri.path.split('/').at(-1) ?? 'config';
}
