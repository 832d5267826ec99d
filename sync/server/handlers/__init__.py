"""What each type of entry means for the books, one small module a subject.

A handler takes (batch, received, event) and raises `Rejected` before it changes anything.
"""
