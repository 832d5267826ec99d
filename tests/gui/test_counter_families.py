"""What a clerk is shown of a member's family: on the card, and before points are earned."""

from __future__ import annotations

from app.services.views import FamilyView, ShareView
from tests.gui.counter_world import CounterWorld, Key
from ui.viewmodels import wording


def test_the_card_and_the_proposal_say_where_points_go(world: CounterWorld) -> None:
    world.type("880066664417")
    world.press(Key.Key_Return)
    assert (
        world.screen.member._facts["family"]._text.text()
        == "30 % of what is earned goes to 欧阳*华, head of the family"
    )
    world.press(Key.Key_F2)
    world.type("250")
    world.press(Key.Key_Return)
    assert "75 to 欧阳*华, 175 stay" in world.screen.proposal._note.text()


def test_each_place_in_a_family_has_its_sentence(world: CounterWorld) -> None:
    for view, said in (
        (FamilyView(is_head=True), "Head of a family"),
        (FamilyView(is_head=True, members=2), "Head of a family of 2 who share"),
        (FamilyView(is_head=False, percent=5), "5 % of what is earned goes to the family"),
    ):
        assert wording.family(view) == said
    assert wording.share(ShareView(10, 1_000, 2_000, "")) == (
        "10 pay what is owed, 1,000 to the family, 2,000 stay"
    )
    world.language.use("zh_CN")
    assert wording.share(ShareView(0, 30, 70, "张*")) == "其中 30 分归张*，70 分归本人"
