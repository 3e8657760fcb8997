"""From message to answer: the protocol, connections, the way of a command, the server."""
