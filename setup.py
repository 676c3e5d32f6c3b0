"""Builds minicnn._ext, the C++ kernels. Everything else about the package is in pyproject.toml.

The extension is optional: without a C++ compiler the install still succeeds, the NumPy kernels
serve, and `minicnn.show_config()` says what is missing. Set MINICNN_REQUIRE_EXT=1 to have a failed
build fail the install.
"""

import os
import sys
from pathlib import Path

from pybind11.setup_helpers import ParallelCompile, Pybind11Extension, build_ext
from setuptools import setup

REQUIRED = os.environ.get("MINICNN_REQUIRE_EXT", "0") not in ("", "0")
STRICT = os.environ.get("MINICNN_WERROR", "0") not in ("", "0")


class BuildExt(build_ext):
    """Adds the flags of the compiler at hand, and leaves no stale extension behind."""

    def build_extensions(self):
        # No -march=native, so that a wheel runs on any machine; no -ffast-math, so that sums are
        # added in the order the source says. MSVC optimises by default and knows none of these.
        if self.compiler.compiler_type != "msvc":
            for extension in self.extensions:
                extension.extra_compile_args += ["-O3", "-Wall", "-Wextra"]
                extension.extra_compile_args += ["-Werror"] if STRICT else []
                # Nobody here reads errno or the processor's exception flags. That they need not be
                # right lets a loop with a square root or a condition work on whole registers.
                extension.extra_compile_args += ["-fno-math-errno", "-fno-trapping-math"]
                if sys.platform != "darwin":
                    extension.extra_compile_args += ["-pthread"]
                    extension.extra_link_args += ["-pthread"]
        super().build_extensions()

    def build_extension(self, ext):
        try:
            super().build_extension(ext)
        except Exception:
            # The last one that compiled may lie in the build folder or, in an editable install,
            # beside the source. Imported on, it would no longer be what the source says.
            stale = [self.get_ext_fullpath(ext.name)]
            if self.editable_mode:
                stale.append(self.get_ext_filename(ext.name))
            for path in stale:
                Path(path).unlink(missing_ok=True)
            raise


def kernels_first(source):
    return not Path(source).name.startswith("isa_"), source


# Several files at once: as many as there are processors, or as MINICNN_BUILD_JOBS says.
ParallelCompile("MINICNN_BUILD_JOBS").install()

setup(
    ext_modules=[
        Pybind11Extension(
            "minicnn._ext",
            # The kernels (isa_*.cpp) take longest to compile: they go first, not alone at the end.
            sorted((str(source) for source in Path("csrc").rglob("*.cpp")), key=kernels_first),
            depends=sorted(str(header) for header in Path("csrc").rglob("*.h")),
            cxx_std=17,
            optional=not REQUIRED,
        )
    ],
    cmdclass={"build_ext": BuildExt},
)
