"""PyTorch's names for dtypes: ``dtype=mc.float32``, ``x.dtype == mc.long``.

They are NumPy's dtypes, so a name (``"float32"``) or NumPy's own type serves as well.
"""

import numpy as np

float16 = half = np.dtype("float16")
float32 = float = np.dtype("float32")
float64 = double = np.dtype("float64")
int8 = np.dtype("int8")
int16 = short = np.dtype("int16")
int32 = int = np.dtype("int32")
int64 = long = np.dtype("int64")
uint8 = np.dtype("uint8")
bool = np.dtype("bool")
