"""World bosses: one health, hundreds of attackers."""
