import type { FileState } from '../engine/index.ts';

/** What differs between Node and a browser: how files are reached. */
export interface Host {
  /** Text of a file now; `pending` where it must be fetched first. */
  read(uri: string): FileState;
  /** Names in a folder, where it can be listed at once. */
  list(uri: string): readonly string[] | undefined;
  /** Fetches pending files; resolves once `read` would answer. */
  fetch(uris: readonly string[]): Promise<void>;
  /** A file changed on disk: forget what is known of it. */
  forget(uri: string): void;
  /** The downloaded config.json of a hub model; undefined where the host has no disk of its own. */
  modelConfig(name: string): string | undefined;
  /** URI of a rule's page where the documentation is installed beside the server. */
  pageOf(rule: string): string | undefined;
  /** Lets pending input be read before a computation starts, so that stale work can be dropped. */
  pause(): Promise<void>;
}
