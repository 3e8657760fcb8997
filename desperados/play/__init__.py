"""Play: the five steps of a command (load, require, decide, settle, note), and what they share.

    jane = await load_participant(actor)
    await require(jane, [Requirement(Kind.LEVEL, value=5)])
    ...                                         # decide: the domain's own rules
    given = await settle(LABOUR, Share(jane, cost=Cost(energy=10), outcome=Outcome(dollars=12)))

The wing ``requirements`` says what is needed for something. The wing ``shapes`` has games, tables,
questions, offers, timed work, crews, contests and phases.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
