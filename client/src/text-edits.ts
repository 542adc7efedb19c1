import { Range, TextEdit, Uri, WorkspaceEdit, window, workspace } from 'vscode';
import type { ApplyResult } from '../../server/src/protocol/requests.ts';

/**
 * Writes the server's edits into their editors as one undo step, unsaved.
 * Answers the number of changes; none where a file changed since the edits were computed.
 */
export async function applyChanges({ changes }: ApplyResult): Promise<number> {
  const edit = new WorkspaceEdit();
  let count = 0;
  for (const { uri: address, version, edits } of changes) {
    const uri = Uri.parse(address);
    const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
    if (version !== null && open !== undefined && open.version !== version) {
      void window.showInformationMessage(`${workspace.asRelativePath(uri)} changed meanwhile, so nothing was written.`);
      return 0;
    }
    edit.set(
      uri,
      edits.map((one) =>
        TextEdit.replace(new Range(one.startLine, one.startCharacter, one.endLine, one.endCharacter), one.text),
      ),
    );
    count += edits.length;
  }
  if (count === 0) return 0;
  return (await workspace.applyEdit(edit)) ? count : 0;
}
