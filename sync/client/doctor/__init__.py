"""`guichet doctor`: what is wrong with a PC, why, and its mend.

One list of checks (`checks.CHECKS`); each looks at the PC and gives findings by code, whose
sentences are in `words`. Nothing that a running program has is locked, written or asked for.
"""
