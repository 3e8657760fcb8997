"""The engine of all fights: up to five against one foe and its minions, in rounds, with cards.

Pure functions over a state that is JSON; all chance comes from the ``draws`` handed over. A fight
of one character against somebody of the land, of a party against a boss, of a hunter against a
legend are *configurations* of it: a ``Setup`` (``setup``), and a ``FightRules`` (``playing``) that
makes ``Rules`` of the shapes of play (``play.shapes.games``).

To have fights of one's own:

1. Write the foe as content: a ``Foe`` with its ``Phase``\\ s and ``Ability``\\ s. Its numbers are
   those of one target in one round.
2. Build the ``Setup`` when a fight is opened: a ``Member`` for each seat, in their order, of what
   the characters are; the ``Foe``, its health and ``percent`` scaled by how many they are; the
   ``Blow`` (which scale of strengths makes damage: ``FIGHT_BLOW`` and ``BOSS_BLOW`` are in
   ``blows``); ``Gauge``\\ s; how one flees, what who is late does, when it is over.
3. Have a collection whose document is a ``SoloGame`` or a ``Table``. With ``mirror`` the state is
   ``{"battle": ..., **mirror(battle)}``: the collection's ``state_fields`` are ``("battle", ...)``
   and the fields that the specification names; without it one field holds the whole fight.
4. ``FightRules(verdict=..., limit=..., mirror=...).rules()`` are the ``Rules``;
   ``terms={"setup": setup.stored()}`` is what ``open_game`` gets. ``verdict(battle, ending)`` says
   what "victory", "defeat", "fled" or "draw" is called there, and what the purpose must know:
   of a member ``health``, ``dealt``, ``taken``, ``best`` (strongest hand), ``out``.
5. A command hands moves on (``games.move``): ``attack`` and ``special`` {hold: places in the hand,
   target: a minion's id or None}, ``defend``, ``flee``, ``item`` {item, heal}; whoever fights alone
   also ``hold`` {hold}, ``reroll`` {card: its place}, ``peek``, which do not end the round. What an
   item heals is said by the command, never by a client; it takes the item, too.

A round is played when everybody who can act has chosen: those who flee, items, guards, blows; then
minions, what lasts (effects, hazards, gauges), phases, and one action of the foe; then new hands.
Health is never below 0 nor above what is most; a phase is entered once and in order; an ability
waits its rounds; of minions there are six at most; a foe heals three times.

Nothing in the state gives away what is to come: cards are drawn when they come. A view leaves out
the hands of others and what they have chosen in this round.
"""
