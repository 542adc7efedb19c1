import type { FromPanel, ToPanel, WhatIf } from '../../server/src/protocol/panel.ts';

/** What outlives the webview when the view is hidden or the window reloads. */
export interface SavedPanel {
  readonly uri: string;
  readonly plan?: string;
  readonly whatIf: WhatIf;
}

/** The extension host as the panel sees it. */
export interface Host {
  post(message: FromPanel): void;
  listen(listener: (message: ToPanel) => void): void;
  save(saved: SavedPanel): void;
  saved(): SavedPanel | undefined;
}

/** Given to every webview by VS Code. */
declare function acquireVsCodeApi(): {
  postMessage(message: FromPanel): void;
  setState(state: SavedPanel): void;
  getState(): SavedPanel | undefined;
};

export function connectHost(): Host {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    listen: (listener) => {
      window.addEventListener('message', (event: MessageEvent<ToPanel>) => listener(event.data));
    },
    save: (saved) => api.setState(saved),
    saved: () => api.getState(),
  };
}
