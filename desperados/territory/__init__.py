"""Control of the land: influence, conquest, faction wars."""
