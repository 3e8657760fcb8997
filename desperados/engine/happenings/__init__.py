"""Happenings: what others are told of a command, in its own transaction, so that none is lost.

A command ``put``s a row into the outbox (``outbox``) for those who follow what has happened; they
take the rows of one key in order, apply them and strike themselves off in one transaction
(``batches``). Who follows what is declared by domains as a ``Follower`` (``engine.work.kinds``),
and done by the worker. Unlike an event (``engine.live.events``), a happening is never lost.
"""
