const BYTES_PER_GIB = 2 ** 30;

/** Bytes as a bare number of GiB with one decimal, for messages that name the unit once. */
export function gibText(bytes: number): string {
  return (bytes / BYTES_PER_GIB).toFixed(1);
}
