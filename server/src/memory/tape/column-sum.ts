/** pytorch: aten/src/ATen/native/cuda/Reduce.cuh, setReduceConfig and ReduceConfig. */
const THREADS = 512;
const WARP = 32;
const VECTOR = 4;
const LEAST_VALUES_A_THREAD = 16;
const MOST_VALUES_A_THREAD = 256;
const THREADS_A_MULTIPROCESSOR = 2048;
const PARTIAL_BYTES = 4;
/** Of the H100; other cards of its class have 108 to 160. */
const MULTIPROCESSORS = 132;

/**
 * Bytes that summing the columns of a matrix takes beside its result, as the gradient of a linear's bias is made: where
 * rows are many, several blocks of threads sum a part each, and the buffer has room for every thread of each.
 */
export function columnSumBytes(rows: number, columns: number): number {
  const vector = columns % VECTOR === 0 ? VECTOR : 1;
  const width = Math.min(WARP, powerOfTwoBelow(columns / vector));
  const threads = THREADS / vector;
  const height = Math.max(1, Math.min(powerOfTwoBelow(rows), Math.floor(threads / width)));
  const valuesAThread = Math.ceil(rows / height);
  const blocks = Math.ceil(Math.ceil(columns / vector) / width);
  const room = MULTIPROCESSORS * (THREADS_A_MULTIPROCESSOR / threads);
  if (valuesAThread < MOST_VALUES_A_THREAD || blocks > room) return 0;
  const parts = Math.max(
    Math.min(Math.ceil(room / blocks), Math.ceil(valuesAThread / LEAST_VALUES_A_THREAD)),
    Math.ceil(valuesAThread / MOST_VALUES_A_THREAD),
  );
  return parts > 1 ? PARTIAL_BYTES * columns * parts * width * vector : 0;
}

function powerOfTwoBelow(count: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, count)));
}
