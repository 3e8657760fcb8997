from . import shooting as shooting
from . import tournaments as tournaments
