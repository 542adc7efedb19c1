"""
What kernels take beside their results while they run, for a GPU of 132 multiprocessors. Sums of columns follow
pytorch: aten/src/ATen/native/cuda/Reduce.cuh. cuDNN's workspaces were read off recorded allocations of the calibration
models of `cases/images.py` (tensors in NCHW order, cudnn.benchmark off); its choice of algorithm is a heuristic that
these rules meet in most cases.
"""

import math

MIB = 2**20
MULTIPROCESSORS = 132
THREADS_A_MULTIPROCESSOR = 2048
LEAST_VALUES_A_THREAD, MOST_VALUES_A_THREAD = 16, 256


def column_sum(rows: int, columns: int) -> int:
    """Partial sums of the columns of a matrix, such as the gradient of a bias."""
    vector = 4 if columns % 4 == 0 else 1
    width = min(32, 2 ** int(math.log2(max(1, columns // vector))))
    threads = 512 // vector
    height = max(1, min(2 ** int(math.log2(rows)), threads // width))
    values = -(-rows // height)
    blocks = -(-(-(-columns // vector)) // width)
    target = MULTIPROCESSORS * (THREADS_A_MULTIPROCESSOR // threads)
    if values < MOST_VALUES_A_THREAD or blocks > target:
        return 0
    parts = max(min(-(-target // blocks), -(-values // LEAST_VALUES_A_THREAD)), -(-values // MOST_VALUES_A_THREAD))
    return 4 * columns * parts * width * vector if parts > 1 else 0


def flash_backward(query) -> int:
    """The query's gradient summed in fp32, and a number a row."""
    return 4 * query.numel() + 4 * query.numel() // query.shape[-1]


def convolution(x, weight, y, half: bool, groups: int, stride: int, weight_gradient: bool) -> float:
    """Shapes of input, weight and output. 16-bit kernels want channels last: cuDNN reorders both maps beforehand."""
    if len(x) != 4 or y[-1] * y[-2] <= 1:
        return 0
    elements = math.prod(weight)
    maps = (2 if half else 4) * (math.prod(x) + math.prod(y))
    if groups > 1 and weight[1] == 1:
        return 0 if weight[2] <= 5 else 2 * maps if half else maps
    if groups > 1:
        return 1.5 * maps
    if weight[2] > 1:
        return maps
    if not weight_gradient:
        return 0
    if stride > 1:
        return maps
    # A pointwise weight's gradient is made image by image, then summed.
    images = 4 * x[0] * elements
    if half:
        widens_small_maps = weight[0] > weight[1] and x[2] * x[3] < 100 and elements < 800_000
        return images if images <= maps or widens_small_maps else maps
    return images if images <= max(25 * MIB, 1.3 * maps) else 1.2 * maps
