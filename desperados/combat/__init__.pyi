from . import tournaments as tournaments
