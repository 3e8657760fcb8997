from .service import give_alms as give_alms
