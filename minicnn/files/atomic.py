"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PathLike = str | os.PathLike


@contextmanager
def atomic_write(path: PathLike) -> Iterator[IO[bytes]]:
    """A binary file to write; it gets its name only once it is complete and on the disk.

    Written under another name in the same folder (``.name.….part``), flushed, then renamed over
    ``path``, which the file system does in one step: a reader sees the old file or the new one,
    never half of one. If anything is raised meanwhile, a full disk included, the old file is as
    it was and nothing is left behind; a process that is killed leaves its ``.part`` file.

    A new file has the permissions that the umask says, a replaced one those it had. Through a
    symbolic link the file that it points to is replaced. FileNotFoundError where the folder does
    not exist, IsADirectoryError where ``path`` is one.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(f"cannot write {path}: the folder {target.parent} does not exist")
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {path}: it is a folder")
    part = target.with_name(f".{target.name[:40]}.{secrets.token_hex(6)}.part")
    try:
        with open(part, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
