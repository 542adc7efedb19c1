import { ResponseError } from 'vscode-languageserver';
import type { Session } from './session.ts';

/** Runs one request so that a bug in one feature is logged and does not end the session. Cancellation passes through. */
export async function guarded<T>(
  session: Session,
  feature: string,
  fallback: T,
  run: () => Promise<T> | T,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ResponseError) throw error;
    session.connection.console.error(
      `${feature}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return fallback;
  }
}
