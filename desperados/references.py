"""Ids that refer to documents, by the class they refer to.

The registry reads the graph of all references from these; nothing is imported, so domains can
refer to each other without depending on each other.
"""

from typing import Annotated

from desperados.engine.storage.fields import Id, Ref

AchievementId = Annotated[str, Ref("Achievement")]
CharacterId = Annotated[Id, Ref("Character")]
DuelId = Annotated[Id, Ref("Duel")]
FactionWarEventId = Annotated[Id, Ref("FactionWarEvent")]
GangId = Annotated[Id, Ref("Gang")]
GangBaseId = Annotated[Id, Ref("GangBase")]
GangWarId = Annotated[Id, Ref("GangWar")]
GossipId = Annotated[Id, Ref("Gossip")]
ItemId = Annotated[Id, Ref("Item")]
LegendaryHuntId = Annotated[Id, Ref("LegendaryHunt")]
LocationId = Annotated[Id, Ref("Location")]
MiningClaimId = Annotated[Id, Ref("MiningClaim")]
PropertyId = Annotated[Id, Ref("Property")]
QuestId = Annotated[str, Ref("Quest")]
TerritoryId = Annotated[Id, Ref("Territory")]
TournamentId = Annotated[Id, Ref("Tournament")]
UserId = Annotated[Id, Ref("User")]
