"""One thread, where more would only wait for each other."""

from __future__ import annotations

from contextlib import AbstractContextManager

from .extras import extra


def one_blas_thread() -> AbstractContextManager:
    """``with one_blas_thread(): ...``: matrix products use one thread.

    A small layer's product takes a fraction of a millisecond, in which more threads gain next to
    nothing; on a machine that has other things to do, too, they cost a multiple. And on another
    number of threads a product may round otherwise: on one, a seed gives the same numbers however
    many cores there are. (The C++ kernels give the same bits on any number of threads.)
    """
    return extra("threadpoolctl").threadpool_limits(1)  # a library that scikit-learn brings
