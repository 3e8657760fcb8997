from .collecting import award_card as award_card
from .collecting import build_deck as build_deck
