"""What is set for a seat, and by whom: `read_settings` is the way in.

`schema.py` is every setting, written once; `places.py` where each system keeps them; `sources.py`
reads one source; `in_force.py` puts them one over the other; `command.py` shows them.
"""
