import { Uri, type Webview } from 'vscode';

/** The panel's page: one script, and nothing that its policy does not name. */
export function panelHtml(webview: Webview, extensionUri: Uri): string {
  const nonce = freshNonce();
  const script = webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist', 'panel.js'));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource} 'nonce-${nonce}'; script-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="${nonce}">body { padding: 0; margin: 0; }</style>
<title>Memory budget</title>
</head>
<body><script nonce="${nonce}" src="${script}"></script></body>
</html>`;
}

function freshNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
