"""Benchmarks: this engine beside others, measured so that the figures hold up.

    python -m benchmarks              all of the following, one after the other
    python -m benchmarks.conv         convolution layers
    python -m benchmarks.steps        training steps of four networks
    python -m benchmarks.memory       their peak memory
    python -m benchmarks.inference    three ImageNet networks
    python -m benchmarks.around       what stands round the convolutions
    python -m benchmarks.transposed   transposed convolutions
    python -m benchmarks.dezero       DeZero instead of PyTorch
    python -m benchmarks.ladder       the C++ kernels' steps, one by one

`harness.py` says how a figure comes about, `worker.py` is the process that each rival runs in,
`engines.py` lets a case be written once for two engines, `contest.py` makes a command of cases.
"""
