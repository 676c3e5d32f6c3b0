"""What a drawing is made of, before it has places: boxes, and arrows from box to box."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Arrow:
    """From box number ``source`` (into the box that lists this); dashed: not read by backward."""

    source: int
    read: bool


@dataclass
class Box:
    """One box of the drawing, and the arrows into it."""

    kind: str  # "operation", "leaf", "constant" or "output"
    text: str
    shape: str  # written under the box, on the arrows out of it
    arrows: list[Arrow]
