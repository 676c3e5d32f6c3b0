"""Benchmarks: this engine beside others, measured so that the figures hold up.

    python -m benchmarks.conv --help      convolution layers against PyTorch

`harness.py` says how a figure comes about, `worker.py` is the process that each rival runs in,
`rivals.py` says what each rival runs, `layers.py` on which layers.
"""
