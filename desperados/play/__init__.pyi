from . import shapes as shapes
from .proofs import game_proof as game_proof
