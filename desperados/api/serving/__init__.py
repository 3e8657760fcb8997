"""What surrounds the operations: connections, logs, numbers, health, pages, sockets."""
