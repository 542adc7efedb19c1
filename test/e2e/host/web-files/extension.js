/**
 * A file system in the memory of the web worker. The folder memfs://test/NAME begins with what the page's server
 * answers for /texts/NAME: an object from path to text.
 */
const vscode = require('vscode');

exports.activate = (context) => {
  const folders = new Map();
  const changed = new vscode.EventEmitter();

  const textsOf = ({ path }) => {
    const name = path.split('/')[1];
    if (!folders.has(name)) folders.set(name, load(context.extensionUri, name));
    return folders.get(name);
  };
  const read = async (uri) => {
    const text = (await textsOf(uri))[uri.path];
    if (text === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return new TextEncoder().encode(text);
  };
  const provider = {
    onDidChangeFile: changed.event,
    watch: () => new vscode.Disposable(() => {}),
    stat: async (uri) => {
      const below = Object.keys(await textsOf(uri)).some((file) => file.startsWith(asFolder(uri.path)));
      const type = below ? vscode.FileType.Directory : vscode.FileType.File;
      return { type, ctime: 0, mtime: 0, size: below ? 0 : (await read(uri)).length };
    },
    readDirectory: async (uri) => {
      const folder = asFolder(uri.path);
      const below = Object.keys(await textsOf(uri)).filter((file) => file.startsWith(folder));
      const typeOf = (rest) => (rest.includes('/') ? vscode.FileType.Directory : vscode.FileType.File);
      return [
        ...new Map(below.map((file) => file.slice(folder.length)).map((rest) => [rest.split('/')[0], typeOf(rest)])),
      ];
    },
    readFile: read,
    writeFile: async (uri, content) => {
      (await textsOf(uri))[uri.path] = new TextDecoder().decode(content);
      changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    },
    createDirectory: refuse,
    delete: refuse,
    rename: refuse,
  };
  context.subscriptions.push(vscode.workspace.registerFileSystemProvider('memfs', provider, { isCaseSensitive: true }));
};

async function load(extensionUri, name) {
  const answer = await fetch(extensionUri.with({ path: `/texts/${name}` }).toString(true));
  return answer.json();
}

function asFolder(path) {
  return path.endsWith('/') ? path : `${path}/`;
}

function refuse() {
  throw vscode.FileSystemError.NoPermissions();
}
