from . import world_bosses as world_bosses
