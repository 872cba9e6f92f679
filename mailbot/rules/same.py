"""A part of the rules as the key of what was worked out from it.

Rules are frozen and large: comparing or hashing one by its values costs more than the work that
is to be saved. A `Same` is equal only to another of the very same object, which it keeps alive.
"""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Same(Generic[T]):
    """A key that holds its `object`."""

    __slots__ = ("object",)

    def __init__(self, whole: T) -> None:
        self.object = whole

    def __hash__(self) -> int:
        return id(self.object)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.object is other.object
