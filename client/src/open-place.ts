import { Range, type TextDocumentShowOptions, Uri, ViewColumn, window } from 'vscode';
import type { PanelPlace } from '../../server/src/protocol/panel.ts';

/** Shows a place of a file in an editor, in the column where the file is open already. */
export async function openPlace(place: PanelPlace): Promise<void> {
  const uri = Uri.parse(place.uri);
  const visible = window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  const options: TextDocumentShowOptions = {
    selection: new Range(place.line, place.character, place.endLine, place.endCharacter),
    viewColumn: visible?.viewColumn ?? ViewColumn.Active,
  };
  try {
    await window.showTextDocument(uri, options);
  } catch {
    void window.showInformationMessage(`${uri.path.split('/').at(-1)} is not there any more.`);
  }
}
