"""Who listens does not hear what it has muted. It is decided where it is heard, not where it is
written: no command reads what somebody wants to hear.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from bson import ObjectId
from pymongo.errors import PyMongoError

from desperados.characters.notices.events import NoticeArrived, PreferencesChanged
from desperados.characters.notices.preferences import muted_by
from desperados.engine.live.pubsub import Interrupted


def _beginning(event: str) -> str:
    return f'{{"event":"{event}"'


_NOTICE, _CHANGE = _beginning(NoticeArrived.event), _beginning(PreferencesChanged.event)


class Hearing:
    """What one listener wants to hear of a character's events.

    The preferences are read with the first notice, and again after they were changed: that is told
    on the same way as the notices, so a change counts for all that come after it.
    """

    def __init__(self, character_id: ObjectId) -> None:
        self._character_id = character_id
        self._muted: Collection[str] | None = None

    async def wants(self, message: str) -> bool:
        """Whether a message is not a notice of a muted type.

        Raises:
            Interrupted: what is muted cannot be read now.
        """
        if message.startswith(_CHANGE):
            self._muted = None
        if not message.startswith(_NOTICE):
            return True
        if self._muted is None:
            try:
                self._muted = await muted_by(self._character_id)
            except PyMongoError as error:
                raise Interrupted(retry_after=1) from error
        return json.loads(message)["data"]["type"] not in self._muted
