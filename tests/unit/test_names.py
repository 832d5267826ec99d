"""A programme's own words in other languages, whatever the setting holds."""

from __future__ import annotations

import pytest

from app.domain.names import name_in


def test_a_name_is_given_in_the_language_asked_for() -> None:
    setting = {"zh_TW": {"休息室一次": "貴賓室一次"}, "en": {"休息室一次": "Lounge visit"}}
    assert name_in(setting, "zh_TW", "休息室一次") == "貴賓室一次"
    assert name_in(setting, "en", "休息室一次") == "Lounge visit"
    assert name_in(setting, "zh_CN", "休息室一次") == "休息室一次"
    assert name_in(setting, "zh_TW", "升舱券") == "升舱券"


@pytest.mark.parametrize(
    "setting", [None, {}, {"zh_TW": 1}, {"zh_TW": {"券": 7}}, {"zh_TW": {"券": ""}}]
)
def test_what_is_no_name_leaves_the_name_alone(setting: dict[str, object] | None) -> None:
    assert name_in(setting, "zh_TW", "券") == "券"
