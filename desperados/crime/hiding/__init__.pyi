from .service import drop_disguise as drop_disguise
from .service import lie_low as lie_low
from .service import list_disguises as list_disguises
from .service import wear_disguise as wear_disguise
