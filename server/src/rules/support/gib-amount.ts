const BYTES_PER_GIB = 2 ** 30;

/** Bytes as a bare number of GiB, for texts that name the unit once: one decimal, none from 100 on. */
export function gibAmount(bytes: number): string {
  const gib = bytes / BYTES_PER_GIB;
  return gib >= 100 ? String(Math.round(gib)) : gib.toFixed(1);
}
