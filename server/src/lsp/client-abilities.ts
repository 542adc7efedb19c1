import type { InitializeParams } from 'vscode-languageserver';
import type { ClientOptions } from '../protocol/index.ts';

/** What the client at the other end can do; other editors can do less than VS Code. */
export interface ClientAbilities {
  readonly configuration: boolean;
  /** Pulls diagnostics; otherwise they are pushed. */
  readonly pullDiagnostics: boolean;
  /** Takes refresh requests for pulled diagnostics, hints and lenses. */
  readonly refresh: boolean;
  /** Answers `batchwise/headText`. */
  readonly headText: boolean;
  /** Knows the extension's commands, so lenses may name them. */
  readonly commands: boolean;
  /** How the client opens a rule's page, with `{rule}` in it. */
  readonly rulePage: string | undefined;
}

export function abilitiesOf(params: InitializeParams): ClientAbilities {
  const { textDocument, workspace } = params.capabilities;
  // Other clients send what they like; each option is checked below.
  const own: Partial<ClientOptions> =
    typeof params.initializationOptions === 'object' ? (params.initializationOptions ?? {}) : {};
  return {
    configuration: workspace?.configuration === true,
    pullDiagnostics: textDocument?.diagnostic !== undefined,
    refresh: workspace?.diagnostics?.refreshSupport === true,
    headText: own.headText === true,
    commands: own.commands === true,
    rulePage: typeof own.rulePage === 'string' ? own.rulePage : undefined,
  };
}
