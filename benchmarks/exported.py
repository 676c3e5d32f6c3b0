"""Engines for inference alone, which run a network that PyTorch exported as ONNX."""

from __future__ import annotations

import logging
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from .worker import Work


def export(case: Any, path: Path) -> np.ndarray:
    """Writes the case's network to `path`; returns its images."""
    import torch

    from .engines import PyTorch

    engine = PyTorch(threads=1)
    model = engine.model(case.build, weights="trained")
    images = case.array()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it speaks of torchvision
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # its own use of itself
        torch.onnx.export(
            model, (engine.tensor(images),), path, input_names=["images"],
            output_names=["scores"], dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip
    return images


def onnxruntime(case: Any, threads: int) -> Work:
    """onnxruntime on the CPU, all of its graph optimisations on."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        images = export(case, path)
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def call() -> np.ndarray:
        return session.run(None, {"images": images})[0]

    return Work(call, [images], lambda: {"y": call()})


def openvino(case: Any, threads: int) -> Work:
    """OpenVINO on the CPU, for one request at a time, in float32."""
    import openvino as ov

    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        images = export(case, path)
        core = ov.Core()
        compiled = core.compile_model(core.read_model(path), "CPU", settings)

    def call() -> np.ndarray:
        return compiled([images])[0]

    return Work(call, [images], lambda: {"y": call()})
