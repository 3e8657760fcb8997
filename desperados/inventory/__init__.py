"""Items: packs, crafting, goods on the ground."""
