"""Questions: something is to be decided, and if nobody does, it decides itself.

A domain asks inside its command (``ask``) and registers in its manifest what is called with the
answer (``questions``: kind -> ``resolve(question, option)``). There is one command to answer, one
list, and one job that gives the default when the time is over. An answer and the job meet at the
question, and one of them is heard.

Whoever was asked may be in any condition: what an answer costs is for ``resolve`` to refuse. Only
who has left the world is asked no more, and nothing comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import find_actors, load_actor
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import Contention, InvalidInput
from desperados.engine.game import current_game
from desperados.engine.live.events import push
from desperados.engine.registered import Consequence
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.paging import read_page
from desperados.engine.transactions import stage
from desperados.engine.views import Cursor, Limit, Page
from desperados.play.shapes.documents import Question, QuestionOption, QuestionStatus
from desperados.play.shapes.errors import (
    QuestionClosed,
    QuestionNotFound,
    UnknownOption,
    UnknownPurpose,
)
from desperados.play.shapes.events import QuestionAsked
from desperados.play.shapes.views import QuestionView, question_view

OptionCode = Annotated[str, Field(min_length=1, max_length=60, examples=["run"])]


def ask(
    character_id: ObjectId,
    kind: str,
    text: str,
    options: Mapping[str, str],
    *,
    default: str,
    expires_at: datetime,
    subject: Mapping[str, Any] | None = None,
) -> Question:
    """Ask a character something, inside the open transaction; returns the staged question.

    ``options`` are codes with their words, at least two. ``subject`` is what ``resolve`` must know.

    Raises:
        UnknownPurpose: nobody has registered ``kind``.
        InvalidInput: there is nothing to choose from, or ``default`` is none of the options.
    """
    _resolver(kind)
    if len(options) < 2 or default not in options:
        raise InvalidInput("A question has two options or more, of which one is the default.")
    question = Question(
        character_id=character_id,
        kind=kind,
        text=text,
        subject=dict(subject or {}),
        options=[QuestionOption(code=code, text=words) for code, words in options.items()],
        default=default,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    stage(StagedInsert(Question.collection_name(), question.to_mongo()))
    asked = QuestionAsked(question_id=question.id, kind=kind, text=text, expires_at=expires_at)
    push(asked, to=character_id)
    return question


@command
async def answer(
    actor: ObjectId, question_id: ObjectId, option: OptionCode, *, key: str | None = None
) -> QuestionView:
    """Answer a question with one of its options. What comes of it is done at once.

    Raises:
        QuestionNotFound: there is no such question, or it is somebody else's.
        QuestionClosed: it was answered, or its time is over.
        UnknownOption: it has no such option.
        RequirementUnmet: the option takes something that the character is, has or knows not.
        NotEnoughEnergy: it takes more energy than the character has.
        TooWeak: it takes the last of the health.
        InsufficientFunds: it takes more dollars than the character has.
        InsufficientItems: it takes goods that the character has not.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    await load_actor(actor)
    question = await Question.load_one({"_id": question_id, "characterId": actor})
    if question is None:
        raise QuestionNotFound()
    if question.status != QuestionStatus.OPEN or clock.now() >= question.expires_at:
        raise QuestionClosed(status=question.status.value)
    if option not in {known.code for known in question.options}:
        raise UnknownOption(path="option")
    return await _settle(question, QuestionStatus.ANSWERED, option)


@command
async def answer_by_default(question_id: ObjectId) -> None:
    """Decide a question whose time is over; for the job. It does nothing where that was done."""
    question = await Question.load_one({"_id": question_id})
    if (
        question is None
        or question.status != QuestionStatus.OPEN
        or clock.now() < question.expires_at
    ):
        return
    if await find_actors([question.character_id]):
        await _settle(question, QuestionStatus.DEFAULTED, question.default)
    else:
        _close(question, QuestionStatus.LAPSED, None)


async def open_questions(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[QuestionView]:
    """What a character is to decide, the most urgent first.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await load_actor(actor)
    return await read_page(
        Question.collection(),
        {"characterId": actor, "status": QuestionStatus.OPEN.value},
        sort="expiresAt",
        limit=limit,
        after=after,
        view=lambda row: question_view(Question.hydrate(row)),
    )


async def _settle(question: Question, status: QuestionStatus, option: str) -> QuestionView:
    """Do what comes of an option, then close the question: what comes of it reads. Whoever resolves
    it sees by its status whether somebody chose."""
    question.status, question.answer = status, option
    await _resolver(question.kind)(question, option)
    return _close(question, status, option)


def _close(question: Question, status: QuestionStatus, option: str | None) -> QuestionView:
    """Stage the end of a question.

    Outcomes: closed; not found or a write conflict, when it was closed at this moment (the
    transaction runs again).
    """
    changed = {"status": status.value, "answer": option, "closedAt": clock.now()}
    stage(
        StagedUpdate(
            Question.collection_name(),
            {"_id": question.id, "status": QuestionStatus.OPEN.value},
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    return question_view(Question.hydrate({**question.to_mongo(), **changed}))


def _resolver(kind: str) -> Consequence:
    resolve = current_game().registered().questions.get(kind)
    if resolve is None:
        raise UnknownPurpose(f"No domain has registered questions of the kind {kind!r}.")
    return resolve
