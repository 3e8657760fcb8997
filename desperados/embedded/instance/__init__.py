"""What a command is given: the call, and the state of the server that it runs on."""
