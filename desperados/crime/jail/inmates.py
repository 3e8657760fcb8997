"""A prisoner, with all that its commands must know: loaded in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from desperados.characters.effects import Stat
from desperados.characters.participant import Participant, participant_of
from desperados.crime.jail.rules import least_bribe
from desperados.crime.records import Record, criminal_record
from desperados.engine import clock
from desperados.engine.allowances import Limit, Usage, usage_of
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.law.documents import JailSentence
from desperados.law.errors import NotJailed
from desperados.law.rows import LawRows, Serving


@dataclass(frozen=True, slots=True)
class Inmate:
    """Who serves a sentence, as of ``at``."""

    person: Participant
    serving: Serving
    record: Record
    usage: Usage
    at: datetime

    @property
    def least_bribe(self) -> int:
        """The least that the jailer takes now, in dollars."""
        percent = self.person.percent(Stat.BRIBE_PRICE)
        return least_bribe(self.serving.remaining(self.at), percent)

    def count(self, field: str) -> None:
        """Stage that something was done once more in this sentence.

        Outcomes: counted; not found never, as no sentence goes. Two at once meet at the character.
        """
        stage(
            StagedUpdate(
                JailSentence.collection_name(),
                {"_id": self.serving.id},
                {"$inc": {field: 1}},
                otherwise=NotJailed(),
            )
        )


async def load_inmate(actor: ObjectId, *limits: Limit) -> Inmate:
    """The prisoner, its sentence and record, and how much of ``limits`` is used.

    Raises:
        NotJailed: the character serves no sentence.
        CharacterUnavailable: the character is dead.
        CharacterNotFound: there is no such character.
    """
    person, rows, record = participant_of(actor), LawRows([actor]), criminal_record(actor)
    usage = usage_of(*((limit, actor) for limit in limits))
    await together(person, *rows.reads, record, usage)
    person.result.must_be_alive()
    now, serving = clock.now(), rows.of(actor).serving(person.result)
    if serving is None or serving.ends_at <= now:
        raise NotJailed(character=str(actor))
    return Inmate(person.result, serving, record.result, usage.result, now)
