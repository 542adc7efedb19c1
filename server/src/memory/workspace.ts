/** What cuBLAS keeps after a first run: 32 MiB a handle on Hopper, one of the forward thread and one of autograd's (measured, bench/data/README.md). */
export const WORKSPACE_BYTES = 64 * 2 ** 20;
