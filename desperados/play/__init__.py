"""Play: the five steps of a command (load, require, decide, settle, note), and what they share.

jane = await load_participant(actor)
await require(jane, [Requirement(Kind.LEVEL, value=5)])
...                                         # decide: the domain's own rules
given = await settle(LABOUR, Share(jane, cost=Cost(energy=10), outcome=Outcome(dollars=12)))
"""
