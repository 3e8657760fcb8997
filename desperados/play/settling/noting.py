"""What a settlement itself lets happen, noted: who has grown, fallen, or come before the law."""

from __future__ import annotations

from desperados.characters.happenings import Happened, note
from desperados.characters.tallies.counting import add_earned
from desperados.law.documents import SentenceStatus
from desperados.play.settling.sheet import Sheet


def note_what_came(sheet: Sheet) -> None:
    """Note what came of a deed for one who took part. The tallies of all of it are one update."""
    given, who = sheet.given, sheet.who
    if dollars := given.get("dollars", 0):
        add_earned(who.id, dollars)
    for level in given.get("levels", ())[-1:]:  # the highest that was reached
        note(who, Happened.GROWN, "level", rank=level)
    for skill, level in given.get("skills", {}).items():
        if level > who.skill(skill):
            note(who, Happened.GROWN, "skill", target=f"skill:{skill}", rank=level)
    if given.get("combat_level", who.combat_level) > who.combat_level:
        note(who, Happened.GROWN, "combat", rank=given["combat_level"])
    for faction in given.get("welcome", ()):
        note(who, Happened.GROWN, "friendly", target=f"faction:{faction}")
    for title in sheet.share.outcome.titles:
        note(who, Happened.GOAL_REACHED, "title", target=f"title:{title}")
    _note_law(sheet)
    _note_fall(sheet)


def _note_law(sheet: Sheet) -> None:
    given = sheet.given
    if sheet.share.outcome.wanted > 0:
        note(sheet.who, Happened.LAW_ACTED, "wanted", rank=given["wanted"])
    minutes = given.get("jail_minutes", 0)
    if minutes > 0:
        note(sheet.who, Happened.LAW_ACTED, "jailed", amount=minutes, rank=given["wanted"])
    elif minutes < 0 and given["jailed_until"] is None:
        escaped = sheet.share.outcome.freed is SentenceStatus.ESCAPED
        note(sheet.who, Happened.LAW_ACTED, "escaped" if escaped else "released")


def _note_fall(sheet: Sheet) -> None:
    if sheet.given.get("dead"):
        note(sheet.who, Happened.LIFE_CHANGED, "died")
    elif "down_until" in sheet.given:
        note(sheet.who, Happened.LIFE_CHANGED, "down")
