"""The published interfaces of the Arrs, written down as facts to hold against what is said in their name.

One file for each Arr: its operations (what may be asked, the types of what is sent and answered), its types
(member by member). A word for a type is integer, number, string, boolean, date (text), object (free form),
"array X", "enum a|b", or the name of a type; a "?" at its end: it may be null. Nothing is required.
"""
