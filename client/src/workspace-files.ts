import { Disposable, FileType, Uri, workspace } from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import {
  HEAD_TEXT_REQUEST,
  type HeadTextParams,
  type HeadTextResult,
  LIST_FOLDER_REQUEST,
  type ListFolderParams,
  type ListFolderResult,
  READ_FILE_REQUEST,
  type ReadFileParams,
  type ReadFileResult,
} from '../../server/src/protocol/requests.ts';
import type { GitHead } from './git-head.ts';

/** Bytes of the largest linked file that is read; configs are far smaller. */
const LARGEST_FILE = 4_000_000;

/** Answers the server's requests for files: those of the workspace, and no others. */
export function serveWorkspaceFiles(client: BaseLanguageClient, git: GitHead): Disposable {
  return Disposable.from(
    client.onRequest(READ_FILE_REQUEST, ({ uri }: ReadFileParams) => readFile(uri)),
    client.onRequest(LIST_FOLDER_REQUEST, ({ uri }: ListFolderParams) => listFolder(uri)),
    client.onRequest(HEAD_TEXT_REQUEST, ({ uri }: HeadTextParams): Promise<HeadTextResult> => git.text(Uri.parse(uri))),
  );
}

async function readFile(address: string): Promise<ReadFileResult> {
  const uri = insideWorkspace(address);
  if (uri === undefined) return null;
  try {
    const { type, size } = await workspace.fs.stat(uri);
    if ((type & FileType.File) === 0 || size > LARGEST_FILE) return null;
    return { text: new TextDecoder().decode(await workspace.fs.readFile(uri)) };
  } catch {
    return null;
  }
}

async function listFolder(address: string): Promise<ListFolderResult> {
  const uri = insideWorkspace(address);
  if (uri === undefined) return null;
  try {
    return { names: (await workspace.fs.readDirectory(uri)).map(([name]) => name) };
  } catch {
    return null;
  }
}

/** The address with its `..` resolved, where that is in a workspace folder. */
function insideWorkspace(address: string): Uri | undefined {
  const parsed = Uri.parse(address);
  const uri = parsed.path === '' ? parsed : Uri.joinPath(parsed, '.');
  return workspace.getWorkspaceFolder(uri) === undefined ? undefined : uri;
}
