"""Experience: levels, skills and fights, and what reaching them gives, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from desperados.characters import growth
from desperados.characters.effects import Stat, percent
from desperados.characters.participant import Skill
from desperados.characters.rules import SKILLS, SkillGroup, max_health
from desperados.ledger.money.sources import Source
from desperados.play.settling.sheet import Sheet

_ALL_SKILLS = frozenset(skill for skills in SKILLS.values() for skill in skills)


def grow(sheet: Sheet) -> None:
    """Give the experience of the outcome. Each milestone that is passed pays, however many a single
    award passes: a level is reached once, so none pays twice."""
    outcome = sheet.share.outcome
    gifts = _rise(sheet, outcome.xp) if outcome.xp > 0 else 0
    learned = {skill: _learn(sheet, skill, xp) for skill, xp in outcome.skill_xp.items() if xp > 0}
    before = after = sheet.who.combat_level
    if outcome.combat_xp > 0:
        after = _fight(sheet, outcome.combat_xp)
        reached = [level for level in growth.COMBAT_MILESTONES if before < level <= after]
        gifts += sum(growth.COMBAT_MILESTONES[level] for level in reached)
    if after != before or not learned.keys().isdisjoint(SKILLS[SkillGroup.COMBAT]):
        _toughen(sheet, learned, after)
    if gifts:
        sheet.mint(gifts, Source.MILESTONE_REWARD)


def _rise(sheet: Sheet, xp: int) -> int:
    """Experience towards the next levels; returns the dollars of the milestones."""
    amount = sheet.known.xp.of(min(growth.MOST_XP, xp))
    gained = growth.gain_xp(sheet.who.level, sheet.who.xp, amount)
    grown, dollars = growth.milestones(gained.reached, gained.level, gained.xp)
    sheet.fields |= {"level": grown.level, "xp": grown.xp}
    sheet.given |= {"xp": amount, "level": grown.level, "levels": grown.reached}
    return dollars


def _learn(sheet: Sheet, skill: str, xp: int) -> Skill:
    """Experience in one skill."""
    if skill not in _ALL_SKILLS:
        raise ValueError(f"There is no skill {skill!r}.")
    known = sheet.who.skills.get(skill, Skill())
    more = max(1, xp * (100 + percent(sheet.effects, Stat.SKILL_XP, sheet.now)) // 100)
    grown = growth.gain_skill_xp(known.level, known.xp, more)
    sheet.fields |= {f"skills.{skill}.level": grown.level, f"skills.{skill}.xp": grown.xp}
    sheet.given.setdefault("skills", {})[skill] = grown.level
    sheet.given.setdefault("skill_xp", {})[skill] = more
    return Skill(grown.level, grown.xp)


def _fight(sheet: Sheet, xp: int) -> int:
    """Experience in fights; returns the combat level after it."""
    total = sheet.who.combat_xp + xp
    sheet.fields["combatXp"] = total
    level = growth.combat_level(total)
    sheet.given |= {"combat_xp": xp, "combat_level": level}
    return level


def _toughen(sheet: Sheet, learned: Mapping[str, Skill], combat_level: int) -> None:
    """Health grows with the combat level and the combat skills, and what it grows by is there. It
    never shrinks: equipment of another program may have raised it."""
    before = {skill: sheet.who.skill(skill) for skill in SKILLS[SkillGroup.COMBAT]}
    after = before | {skill: known.level for skill, known in learned.items()}
    more = max_health(after, combat_level) - max_health(before, sheet.who.combat_level)
    if more > 0:
        sheet.fields["maxHealth"] = sheet.who.max_health + more
        sheet.health = replace(
            sheet.health, value=sheet.health.value + more, high=sheet.health.high + more
        )
