"""Vocabularies: each closed set of values has one enum, which says how people read each of them."""

from enum import StrEnum
from typing import Literal, Self

Tone = Literal["", "good", "wait", "bad", "info", "acc"]


class Vocabulary(StrEnum):
    """A value as it is stored and sent, and on pages its label, icon and tone.

    `is_muted`: lists show it without its ground, since nobody has to act on it.
    """

    label: str
    icon: str
    tone: Tone
    is_muted: bool

    def __new__(
        cls, value: str, label: str = "", icon: str = "", tone: Tone = "", is_muted: bool = False
    ) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.icon, member.tone, member.is_muted = label, icon, tone, is_muted
        return member

    @classmethod
    def values(cls) -> tuple[str, ...]:
        """Return all values in order, as plain text."""
        return tuple(each.value for each in cls)

    @classmethod
    def labels(cls) -> dict[str, str]:
        """Return the label of each value, in order."""
        return {each.value: each.label for each in cls}

    @classmethod
    def label_of(cls, value: str) -> str:
        """Return the label of a value; one that is not among them, such as an older one, as it is."""
        return cls.labels().get(value, value)
