"""Crafting: recipes, and what characters know of them."""
