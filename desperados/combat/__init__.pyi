from . import duels as duels
