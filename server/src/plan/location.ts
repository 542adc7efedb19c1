/** A half-open span of UTF-16 code units in one source file. `file` is the host's name for it (a URI or a path). */
export interface Location {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}
