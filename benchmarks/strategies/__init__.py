"""What players try who want money for nothing, played by the rules that the services play by.

Each module has the strategies of one part of the economy. A strategy is played many times, with
dice of its own; what counts is what its player has more in the end than he had, all his characters
together, or more than he would have had by doing nothing.
"""
