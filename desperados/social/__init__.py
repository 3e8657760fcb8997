"""Friends, mail, chat, rumours, reputation, newspapers."""
