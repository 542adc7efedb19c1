import type { InitializeParams } from 'vscode-languageserver';

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

/** Our own client says so in its initialization options. */
interface OwnOptions {
  readonly headText?: boolean;
  readonly commands?: boolean;
  readonly rulePage?: string;
}

export function abilitiesOf(params: InitializeParams): ClientAbilities {
  const { textDocument, workspace } = params.capabilities;
  const own: OwnOptions = typeof params.initializationOptions === 'object' ? (params.initializationOptions ?? {}) : {};
  return {
    configuration: workspace?.configuration === true,
    pullDiagnostics: textDocument?.diagnostic !== undefined,
    refresh: workspace?.diagnostics?.refreshSupport === true,
    headText: own.headText === true,
    commands: own.commands === true,
    rulePage: typeof own.rulePage === 'string' ? own.rulePage : undefined,
  };
}
