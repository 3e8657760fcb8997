from . import requirements as requirements
from . import shapes as shapes
from .proofs import game_proof as game_proof
