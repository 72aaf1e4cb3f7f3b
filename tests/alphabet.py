"""Characters for generated text: what logs are written in, and what the rules of words turn on."""

import unicodedata

#: Characters of every class that the rules of word boundaries (UAX #29, UTS #51) tell apart.
TELLING = (
    "aZ09_.,:;'\"-/\\ @#*&+=()[]{}<>|~\t\n·\u2019‿ÉßİıΣσςאב״アー゙ｱ日本のไทยកខ한글²½٣۴©™🙂👩🏽❤☃🇩🇪"
    "\u0300\u200d\u00ad\u200b\ufe0f\ufe0e\u20e3\U000e0067\U000e007f"
)
#: Scripts that logs are written in.
_COMMON = [
    *range(0x20, 0x530),  # Latin, Greek, Cyrillic
    *range(0x5D0, 0x5F0),  # Hebrew
    *range(0x620, 0x670),  # Arabic
    *range(0x904, 0x940),  # Devanagari
    *range(0xE01, 0xE5B),  # Thai
    *range(0x3041, 0x30FF),  # Japanese
    *range(0x4E00, 0x5000),  # Chinese
    *range(0xAC00, 0xAD00),  # Korean
    *range(0x1F600, 0x1F650),  # pictures
]
#: A cedilla and tone marks that stand alone: letters since a Unicode later than Lucene's.
_RECLASSIFIED = frozenset("\u00b8\u02e5\u02e6\u02e7\u02e8\u02e9\u02ea\u02eb")
KNOWN = "".join(
    chr(code)
    for code in _COMMON
    if unicodedata.category(chr(code)) != "Cn" and chr(code) not in _RECLASSIFIED
)
