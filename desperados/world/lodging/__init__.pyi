from .service import read_rests as read_rests
from .service import rest as rest
