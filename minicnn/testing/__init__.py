"""Checks for operations: every gradient against differences of the forward."""

from .gradcheck import gradcheck as gradcheck

__all__ = ["gradcheck"]
