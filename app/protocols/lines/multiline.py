"""Which lines go on with the record before them: stack traces and what is indented."""

import re

#: Starts of lines of Java's, .NET's, Python's, Go's, Node's, PHP's and Ruby's stack traces.
_TRACE = re.compile(
    r"(?:Caused by: |Suppressed: |\.\.\. \d+ (?:more|common frames)|at [\w$.<>/@]+[ (]"
    r"|Traceback \(most recent call last\):|During handling of the above exception"
    r"|The above exception was the direct cause|--- End of (?:inner exception )?stack trace"
    r"|goroutine \d+ \[|created by [\w./]+|#\d+ +[\w{/]|Stack trace:|exit status \d"
    r"|[\])}]+[,;]?$"
    r"|(?:[A-Za-z_][\w$]{0,80}+\.){1,20}(?:[A-Z][\w$]{0,120}?)?(?:Exception|Error|Throwable|Failure|Warning|Interrupt)\b"
    r"|[A-Z]\w{0,120}?(?:Exception|Error)(?:: |$))",
    re.ASCII,
)
_FUNCTION = re.compile(r"[\w./*()$\[\]{},-]{1,300}\(.{0,500}\)$")
_HEAD_AFTER_SPACE = re.compile(r"\s+(?:\[?[A-Z]{4,9}\]?\s|[\[<]?\d{2,4}[-/:.]\d)")
_JUL_MESSAGE = re.compile(r"(SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): ?(.*)", re.DOTALL)


def may_start_a_record(text: str) -> bool:
    """Whether an indented line is worth a try as the start of a record."""
    return _HEAD_AFTER_SPACE.match(text) is not None


def goes_on(text: str, previous: str) -> bool:
    """Whether ``text`` goes on with the record whose last line is ``previous``."""
    if text[0] in " \t" or _TRACE.match(text):
        return True
    is_in_go_trace = previous.startswith(("goroutine ", "\t")) or ".go:" in previous
    return is_in_go_trace and _FUNCTION.match(text) is not None


def level_line(text: str) -> tuple[str, str] | None:
    """Level and message of the second line of a record of ``java.util.logging``."""
    match = _JUL_MESSAGE.match(text)
    return (match[1], match[2].strip()) if match else None
