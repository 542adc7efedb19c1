/**
 * Sizes over which a text is not read. They are our own: far above any training config,
 * and low enough that parsing stays near a second (the YAML parser takes about 10 µs a node).
 */

/** UTF-16 code units. */
export const MAX_TEXT_LENGTH = 1_000_000;

export const MAX_LINES = 20_000;

/** Scalars, maps and sequences, counting what aliases and merge keys repeat. */
export const MAX_NODES = 100_000;

/** Maps and sequences inside one another. */
export const MAX_DEPTH = 200;
