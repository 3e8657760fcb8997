"""The HTTP API: a table of routes over the services, and what surrounds it.

``app.create_app(game)`` builds the aiohttp application, ``app.serve(game)`` runs it until a signal.
"""
