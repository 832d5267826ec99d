"""The link by which a visit is rated on the customer's own phone; made without the network."""

from __future__ import annotations

from app.domain.errors import Unavailable
from app.domain.rating_link import SETTING, RatingLink, RatingLinkRules, SignedLink
from app.ports.work import EncounterRow
from app.services.context import Context, enrolled


def has_links(context: Context) -> bool:
    """Return whether customers of this programme have links."""
    return bool(RatingLinkRules.from_setting(context.setting(SETTING)[0]).address)


def link_of(context: Context, row: EncounterRow) -> str:
    """Make a visit's link.

    Returns:
        The QR's text; '' where the programme has none, or the device's key can't be had.
    """
    rules = RatingLinkRules.from_setting(context.setting(SETTING)[0])
    if not rules.address:
        return ""
    begun_ms = row.opened_ms + (context.store.reads.link_state().offset_ms or 0)
    device_id = enrolled(context).device_id
    link = RatingLink.of(device_id, row.encounter_id, begun_ms, rules.valid_hours)
    try:
        signature = context.sign(link.statement())
    except Unavailable:
        return ""  # nobody is kept from anything by what is an offer
    return SignedLink(link, signature).url(rules.address)
