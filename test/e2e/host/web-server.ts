import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, extname, join, normalize, resolve } from 'node:path';
import { hostEntry } from './install-host.ts';
import { installExtension, quietSettings, type VsCodeServer } from './vscode-server.ts';

const vscode = resolve(hostEntry, '../../../lib/vscode');

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
};

/**
 * Serves VS Code as a plain web page, as code-hosting sites do: no server behind it, extensions run in a web worker.
 * The files of an opened folder are read once; what a window saves stays in its memory.
 *
 * @throws Error when the package cannot be installed
 */
export async function startWebServer(vsix: string): Promise<VsCodeServer> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwise-web-'));
  const extension = installExtension(vsix, folder);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (path === '/') send(response, 'text/html', page(request.headers.host ?? ''));
    else if (path.startsWith('/texts/')) send(response, 'application/json', textsOf(join(folder, basename(path))));
    else if (path.endsWith('/mint-key')) send(response, 'application/octet-stream', randomBytes(32));
    else if (path.endsWith('/code/browser/workbench/workbench.js'))
      send(response, 'text/javascript', workbenchScript());
    else sendFile(response, path, extension);
  });
  const port = await listen(server);

  return {
    folder,
    address: (opened, file) => {
      const uri = `memfs://test/${basename(opened)}`;
      const payload = JSON.stringify([['openFile', `${uri}/${file}`]]);
      return `http://localhost:${port}/?${new URLSearchParams({ folder: uri, payload })}`;
    },
    extensionHostLog: () => '',
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port.');
  return address.port;
}

/** The text of every file of a folder, by path as the window sees it. */
function textsOf(folder: string): string {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return JSON.stringify(
    Object.fromEntries(files.map((path) => [`/${basename(folder)}/${path}`, readFileSync(join(folder, path), 'utf8')])),
  );
}

function page(authority: string): string {
  const values: Readonly<Record<string, string>> = {
    BASE: '',
    VS_BASE: '/vscode',
    WORKBENCH_WEB_BASE_URL: '/vscode',
    WORKBENCH_WEB_CONFIGURATION: JSON.stringify(configuration(authority)).replaceAll('"', '&quot;'),
    WORKBENCH_AUTH_SESSION: '',
    WORKBENCH_NLS_URL: '/vscode/out/nls.messages.js',
    WORKBENCH_NLS_FALLBACK_URL: '/vscode/out/nls.messages.js',
  };
  const template = readFileSync(join(vscode, 'out/vs/code/browser/workbench/workbench.html'), 'utf8');
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
}

function configuration(authority: string): unknown {
  const at = (path: string) => ({ scheme: 'http', authority, path });
  // VS Code's own product file; only names and the version are taken from it.
  const product = JSON.parse(readFileSync(join(vscode, 'product.json'), 'utf8')) as Readonly<Record<string, string>>;
  return {
    userDataPath: '/',
    isEnabledFileDownloads: true,
    isEnabledFileUploads: true,
    isEnabledCoderGettingStarted: false,
    productConfiguration: {
      nameShort: product['nameShort'],
      nameLong: product['nameLong'],
      version: product['version'],
      commit: product['commit'],
      quality: 'stable',
      enableTelemetry: false,
      // The worker host wants an origin of its own, webviews must share the page's.
      webEndpointUrlTemplate: `http://{{uuid}}.${authority}/vscode`,
      webviewContentExternalBaseUrlTemplate: `http://${authority}/vscode/out/vs/workbench/contrib/webview/browser/pre/`,
    },
    additionalBuiltinExtensions: [
      at('/extension'),
      at('/web-files'),
      ...['yaml', 'json', 'theme-defaults'].map((name) => at(`/vscode/extensions/${name}`)),
    ],
    configurationDefaults: quietSettings,
  };
}

/** code-server's workbench always connects to its server and keeps the user's data there; a web page has neither. */
function workbenchScript(): string {
  const script = readFileSync(join(vscode, 'out/vs/code/browser/workbench/workbench.js'), 'utf8');
  return script
    .replace('remoteAuthority:location.host', 'remoteAuthority:void 0')
    .replace(
      /(\w+)\.file\(this\.userDataPath\)\.with\(\{scheme:(\w+)\.vscodeRemote\}\),"User"/,
      '$1.file("/").with({scheme:$2.vscodeUserData}),"User"',
    );
}

function sendFile(response: ServerResponse, path: string, extension: string): void {
  const roots = { '/vscode/': vscode, '/extension/': extension, '/web-files/': resolve('test/e2e/host/web-files') };
  const [prefix, root] = Object.entries(roots).find(([start]) => path.startsWith(start)) ?? ['', ''];
  const file = join(root, normalize(path.slice(prefix.length)));
  if (root !== '' && existsSync(file) && statSync(file).isFile()) {
    send(response, mediaTypes[extname(file)] ?? 'application/octet-stream', readFileSync(file));
  } else {
    response.writeHead(404).end();
  }
}

function send(response: ServerResponse, mediaType: string, content: string | Uint8Array): void {
  response.setHeader('Content-Type', mediaType);
  response.end(content);
}
