from .queries import list_world_bosses as list_world_bosses
from .queries import my_world_bosses as my_world_bosses
from .queries import read_my_part as read_my_part
from .queries import read_world_boss as read_world_boss
from .service import attack_world_boss as attack_world_boss
from .service import join_world_boss as join_world_boss
