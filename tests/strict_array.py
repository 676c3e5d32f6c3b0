"""A strict stand-in for a GPU's array, to find what would silently run on the CPU.

:class:`StrictArray` holds numbers that nothing but the module :data:`xp` may compute with: NumPy's
functions, ``np.asarray``, operators with NumPy arrays and indexing by them all raise a TypeError,
as does everything that NumPy has and CuPy 14 lacks. Python's and NumPy's scalars are welcome, as
in CuPy. Where CuPy is sloppy, so is this: places outside the axis in an index array wrap round
silently, and ``empty`` is full of rubbish; an assignment that names a place twice, which on a GPU
ends as it likes, raises.

It is the backend "strict": ``tensor.to("strict")``, ``.to("cpu")``. It says nothing about speed,
nor about kernels that only a GPU runs.
"""

import operator

import numpy as np
import scipy.ndimage
import scipy.sparse
import scipy.special

from minicnn import backend

_NOT_IN_CUPY = frozenset(
    """asmatrix block bmat busday_count char character clongdouble complex256 core ctypeslib
    datetime64 dtypes einsum_path emath errstate f2py float128 frompyfunc fromregex geomspace
    geterr histogram_bin_edges insert isnat little_endian longdouble ma matrix matvec memmap
    nanpercentile nanquantile ndenumerate nditer nested_iters object_ polyder polydiv polyint rec
    recarray record seterr spacing str_ strings timedelta64 unstack vecdot vecmat void""".split()
)
_NO_KEYWORDS = frozenset("device initial like sparse subok where".split())  # nor these
_ATTRIBUTES = ("dtype", "flags", "itemsize", "nbytes", "ndim", "shape", "size", "strides")
_METHODS = """all any argmax argmin argsort astype clip copy cumprod cumsum diagonal dot fill
    flatten item max mean min nonzero prod ravel repeat reshape round sort squeeze std sum swapaxes
    take tolist trace transpose var view""".split()
_BINARY = """add sub mul matmul truediv floordiv mod pow and_ or_ xor lshift rshift
    lt le eq ne gt ge""".split()
_UNARY = "neg pos abs invert".split()


def _inside(value):
    """The NumPy array in a StrictArray, in lists of them too; scalars as they are."""
    if isinstance(value, StrictArray):
        return value._array
    if isinstance(value, np.ndarray):
        raise TypeError("a NumPy array met an array of the strict device")
    if isinstance(value, (list, tuple)):
        return type(value)(_inside(v) for v in value)
    if isinstance(value, dict):
        return {k: _inside(v) for k, v in value.items()}
    return value


def _outside(value):
    """Results as StrictArrays: of reductions, too, which are arrays without axes."""
    if isinstance(value, (np.ndarray, np.generic)):
        return StrictArray(np.asarray(value))
    if isinstance(value, (list, tuple)):
        return type(value)(_outside(v) for v in value)
    return value


def _strictly(function):
    def strict(*args, **kwargs):
        if _NO_KEYWORDS & kwargs.keys():
            raise TypeError(f"CuPy has no {sorted(kwargs)} in {function.__name__}")
        return _outside(function(*_inside(args), **_inside(kwargs)))

    return strict


def _axes_taken(k):
    if k is None or k is Ellipsis or isinstance(k, (bool, np.bool_)):
        return 0
    return k.ndim if isinstance(k, StrictArray) and k.dtype.kind == "b" else 1


def _key(key, shape):
    """An index as NumPy takes it; what lies outside an axis wrapped round, as CuPy does."""
    keys = key if isinstance(key, tuple) else (key,)
    result, axis = [], 0
    for k in keys:
        if isinstance(k, (np.ndarray, list, tuple)):
            raise TypeError(f"an array of the strict device indexed by a {type(k).__name__}")
        if k is Ellipsis:
            axis += len(shape) - sum(_axes_taken(other) for other in keys)
        if isinstance(k, StrictArray):
            array = k._array
            if array.dtype.kind in "iu" and axis < len(shape) and shape[axis]:
                array = array % shape[axis]
            result.append(array)
        else:
            result.append(k)
        axis += _axes_taken(k)
    return tuple(result)


class StrictArray:
    """An array of the strict device."""

    __slots__ = ("_array",)
    __array_ufunc__ = None  # NumPy's operators and functions step back
    __hash__ = None

    def __init__(self, array):
        self._array = array

    def __array__(self, *args, **kwargs):
        raise TypeError("NumPy asked for the values of an array of the strict device")

    def __array_function__(self, function, types, args, kwargs):
        raise TypeError(f"numpy.{function.__name__} was called on an array of the strict device")

    def __repr__(self):
        return f"StrictArray({self._array!r})"

    def __getitem__(self, key):
        return _outside(self._array[_key(key, self.shape)])

    def __setitem__(self, key, value):
        places = _key(key, self.shape)
        if any(isinstance(k, np.ndarray) and k.dtype.kind in "iu" for k in places):
            times = np.zeros(self.shape, np.int64)
            np.add.at(times, places, 1)
            if times.max(initial=0) > 1:
                raise TypeError("an assignment names a place twice: use xp.add.at")
        self._array[places] = _inside(value)

    def __len__(self):
        return len(self._array)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __float__(self):
        return float(self._array)

    def __int__(self):
        return int(self._array)

    def __bool__(self):
        return bool(self._array)

    @property
    def T(self):
        return StrictArray(self._array.T)


def _binary(name):
    compute = getattr(operator, name)

    def left(self, other):
        if isinstance(other, (StrictArray, np.ndarray, np.generic, int, float)):
            return _outside(compute(self._array, _inside(other)))
        return NotImplemented

    def right(self, other):
        if isinstance(other, (np.ndarray, np.generic, int, float)):
            return _outside(compute(_inside(other), self._array))
        return NotImplemented

    return left, right


def _in_place(name):
    compute = getattr(operator, name)

    def change(self, other):
        self._array = compute(self._array, _inside(other))
        return self

    return change


for _name in _BINARY:
    _plain = _name.strip("_")
    _left, _right = _binary(_name)
    setattr(StrictArray, f"__{_plain}__", _left)
    if _plain not in ("lt", "le", "eq", "ne", "gt", "ge"):
        setattr(StrictArray, f"__r{_plain}__", _right)
        if _plain != "matmul":
            setattr(StrictArray, f"__i{_plain}__", _in_place(f"i{_plain}"))
for _name in _UNARY:
    setattr(StrictArray, f"__{_name}__", _strictly(getattr(operator, _name)))
for _name in _METHODS:
    setattr(StrictArray, _name, _strictly(getattr(np.ndarray, _name)))
for _name in _ATTRIBUTES:
    setattr(StrictArray, _name, property(operator.attrgetter(f"_array.{_name}")))


class _Ufunc:
    """A ufunc for StrictArrays: to call, and ``.at`` where CuPy has it."""

    def __init__(self, ufunc):
        self._ufunc = ufunc

    def __call__(self, *args, **kwargs):
        return _strictly(self._ufunc)(*args, **kwargs)

    def at(self, array, key, value):
        if self._ufunc.__name__ not in ("add", "subtract", "maximum", "minimum"):
            raise AttributeError(f"CuPy has no {self._ufunc.__name__}.at")
        self._ufunc.at(_inside(array), _key(key, array.shape), _inside(value))


class _Generator:
    """What CuPy's Generator has of NumPy's, drawing the same numbers."""

    def __init__(self, seed=None):
        self._generator = np.random.default_rng(seed)

    def __getattr__(self, name):
        if name not in ("random", "standard_normal", "integers", "uniform"):
            raise AttributeError(f"CuPy's Generator has no {name}")
        return _strictly(getattr(self._generator, name))


class _Linalg:
    """What of NumPy's linalg is used."""

    norm, qr = staticmethod(_strictly(np.linalg.norm)), staticmethod(_strictly(np.linalg.qr))


class _Random:
    default_rng = _Generator


class _Module:
    """NumPy's functions for StrictArrays, as far as CuPy has them."""

    ndarray = StrictArray
    linalg, random = _Linalg(), _Random()

    def __getattr__(self, name):
        if name in _NOT_IN_CUPY:
            raise AttributeError(f"CuPy has no {name}")
        thing = getattr(np, name)
        if isinstance(thing, np.ufunc):
            return _Ufunc(thing)
        if isinstance(thing, type) or not callable(thing):
            return thing  # dtypes, pi, newaxis
        return _strictly(thing)

    @staticmethod
    def empty(shape, dtype=float, order="C"):
        array = np.empty(shape, dtype, order)
        array.fill(np.nan if array.dtype.kind == "f" else 99)
        return StrictArray(array)

    @classmethod
    def empty_like(cls, array, dtype=None):
        return cls.empty(array.shape, dtype or array.dtype)


class StrictSparse:
    """A sparse matrix on the strict device: floats only, as in CuPy."""

    __array_ufunc__ = None

    def __init__(self, matrix):
        if matrix.dtype not in (np.float32, np.float64):
            raise ValueError(f"CuPy has no sparse matrices of {matrix.dtype}")
        self._matrix = matrix
        self.shape, self.dtype, self.nnz = matrix.shape, matrix.dtype, matrix.nnz

    def tocsr(self):
        return StrictSparse(self._matrix.tocsr())

    def toarray(self):
        return StrictArray(self._matrix.toarray())

    @property
    def T(self):
        return StrictSparse(self._matrix.T)

    def __matmul__(self, other):
        if not isinstance(other, StrictArray):
            raise TypeError(f"a sparse matrix of the strict device met a {type(other).__name__}")
        return StrictArray(self._matrix @ other._array)


class _Sparse:
    @staticmethod
    def coo_matrix(entries, shape=None, dtype=None):
        return StrictSparse(scipy.sparse.coo_matrix(_inside(entries), shape, dtype))

    @staticmethod
    def csr_matrix(entries, shape=None, dtype=None):
        return StrictSparse(scipy.sparse.csr_matrix(_inside(entries), shape, dtype))


class _Special:
    erf = staticmethod(_strictly(scipy.special.erf))


class _Ndimage:
    distance_transform_edt = staticmethod(_strictly(scipy.ndimage.distance_transform_edt))


xp = _Module()

backend.register(
    "strict",
    backend.Backend(
        array_type=StrictArray,
        xp=xp,
        sparse=lambda: _Sparse,
        special=lambda: _Special,
        ndimage=lambda: _Ndimage,
        device_of=lambda array: "strict:0",
        from_numpy=lambda array, device: StrictArray(np.array(array)),
        to_numpy=lambda array: np.array(array._array),
    ),
)
