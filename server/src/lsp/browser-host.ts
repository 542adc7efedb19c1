import type { Connection } from 'vscode-languageserver';
import type { FileState } from '../engine/index.ts';
import { READ_FILE_REQUEST, type ReadFileParams, type ReadFileResult } from '../protocol/index.ts';
import type { Host } from './host.ts';

/** Files of a workspace that only the client can reach, asked for by request and kept until they change. */
export function browserHost(connection: Connection): Host {
  const known = new Map<string, FileState>();
  const fetchOne = async (uri: string): Promise<void> => {
    const params: ReadFileParams = { uri };
    const result = await connection.sendRequest<ReadFileResult>(READ_FILE_REQUEST, params).catch(() => null);
    known.set(uri, result === null ? { kind: 'missing' } : { kind: 'text', text: result.text });
  };
  return {
    read: (uri) => known.get(uri) ?? { kind: 'pending' },
    list: () => undefined,
    fetch: async (uris) => {
      await Promise.all(uris.filter((uri) => !known.has(uri)).map(fetchOne));
    },
    forget: (uri) => {
      known.delete(uri);
    },
    modelConfig: () => undefined,
    pageOf: () => undefined,
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
  };
}
