"""Delimited rows as they are met, and what each is: its fields, or None for a row to be refused.

The header of all of them is `id,title,price`.
"""

from typing import NamedTuple


class Seen(NamedTuple):
    text: str
    means: list[list[str] | None]
    where: str


ROWS = [
    Seen("1,Ding,5\n", [["1", "Ding", "5"]], "plain"),
    Seen('1,"Ding, groß",5\n', [["1", "Ding, groß", "5"]], "delimiter in quotes"),
    Seen('1,"Ding ""groß""",5\n', [["1", 'Ding "groß"', "5"]], "doubled quotes"),
    Seen('1,"erste\nzweite",5\n2,b,6\n', [["1", "erste\nzweite", "5"], ["2", "b", "6"]], "break"),
    Seen('1,"a\r\nb",5\r\n2,c,6\r\n', [["1", "a\nb", "5"], ["2", "c", "6"]], "Windows"),
    Seen("1,a,5\r2,b,6\r", [["1", "a", "5"], ["2", "b", "6"]], "old Macintosh"),
    Seen("1,a,5\n\n\n2,b,6", [["1", "a", "5"], ["2", "b", "6"]], "empty lines, no last break"),
    Seen('1,5" Rohr,5\n2,b,6\n', [["1", '5" Rohr', "5"], ["2", "b", "6"]], "inch sign"),
    Seen('1,5" Rohr,5\n2,6" Rohr,6\n', [["1", '5" Rohr', "5"], ["2", '6" Rohr', "6"]], "two"),
    Seen('1,"a" b,5\n2,b,6\n', [["1", "a b", "5"], ["2", "b", "6"]], "text after the quote"),
    Seen('1,"halb,5\n2,b,6\n3,c,7\n', [None, ["2", "b", "6"], ["3", "c", "7"]], "never closed"),
    Seen('1,"halb,5\n2,"zu",6\n3,c,7\n', [None, ["2", "zu", "6"], ["3", "c", "7"]], "reopened"),
    Seen('1,a,"halb\n2,b,6\n3,"c",7\n', [None, ["2", "b", "6"], ["3", "c", "7"]], "last field"),
    Seen("1,a\n2,b,6\n", [None, ["2", "b", "6"]], "a field too few"),
    Seen("1,a,5,x\n2,b,6\n", [None, ["2", "b", "6"]], "a field too many"),
    Seen("1,a,5,,\n2,b,6\n", [["1", "a", "5"], ["2", "b", "6"]], "delimiters too many"),
    Seen("1,a\x00b,5\n", [["1", "ab", "5"]], "NUL"),
    Seen('1,"",5\n', [["1", "", "5"]], "empty in quotes"),
    Seen('"1","a","5"\n"2","b","6"', [["1", "a", "5"], ["2", "b", "6"]], "all in quotes"),
]
