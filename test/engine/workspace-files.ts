import type { FileProvider } from '../../server/src/engine/index.ts';

/** Files of a small workspace under `/w`, by path. */
export type Workspace = Readonly<Record<string, string>>;

/** A host that has these files and nothing else; one that cannot list folders where `canList` is false. */
export function workspaceFiles(files: Workspace, canList = true): FileProvider {
  const names = Object.keys(files);
  const list = (folder: string) => [
    ...new Set(
      names
        .filter((name) => name.startsWith(`${folder}/`))
        .map((name) => name.slice(folder.length + 1).split('/')[0] ?? ''),
    ),
  ];
  return {
    roots: ['/w'],
    read: (file) => {
      const text = files[file];
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
    },
    ...(canList ? { list } : {}),
  };
}
