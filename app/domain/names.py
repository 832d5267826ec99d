"""What a programme's own words are called in other languages: rewards, offices, counters."""

from __future__ import annotations

from collections.abc import Mapping

SETTING = "names"
"""The setting that holds them: {language: {the name as it was entered: the name there}}."""


def name_in(setting: Mapping[str, object] | None, language: str, name: str) -> str:
    """Return a name in a language.

    Args:
        setting: the programme's `SETTING`, None for none; what isn't of its form counts for none.
        language: such as 'zh_TW'.
        name: as it was entered.

    Returns:
        The name there; as it was entered where the setting has no other.

    >>> name_in({"zh_TW": {"休息室一次": "貴賓室一次"}}, "zh_TW", "休息室一次")
    '貴賓室一次'
    """
    names = (setting or {}).get(language)
    other = names.get(name) if isinstance(names, Mapping) else None
    return other if isinstance(other, str) and other else name
