"""Which lines belong together."""

from app.protocols.lines.assemble import MAX_RECORD_BYTES
from tests.protocols.lines.reading import assemble, read

HEAD = "2024-01-02 03:04:05,123 ERROR [main] shop.Order: failed\n"
NEXT = "2024-01-02 03:04:06,000 INFO [main] shop.Order: ok\n"


def messages(text: str) -> list[str]:
    return [record["message"] for record in read(text)]


def test_a_java_stack_trace_stays_with_its_line() -> None:
    trace = (
        "java.lang.IllegalStateException: no stock\n"
        "\tat shop.Order.pay(Order.java:12)\n"
        "Caused by: java.io.IOException: disk full at 2024-01-02 03:04:05\n"
        "\t... 12 more\n"
    )

    assert messages(HEAD + trace + NEXT) == [f"failed\n{trace.rstrip()}", "ok"]


def test_a_python_traceback_stays_with_its_line_through_blank_lines() -> None:
    text = (
        "2024-01-02 03:04:05,123 - shop - ERROR - failed\n"
        "Traceback (most recent call last):\n"
        '  File "shop.py", line 1, in <module>\n'
        "ValueError: bad\n"
        "\n"
        "During handling of the above exception, another exception occurred:\n"
        "\n"
        "Traceback (most recent call last):\n"
        "KeyError: 'a'\n"
        "2024-01-02 03:04:06,123 - shop - INFO - ok\n"
    )

    first, second = messages(text)

    assert first.startswith("failed\nTraceback")
    assert first.endswith("\nKeyError: 'a'")
    assert second == "ok"


def test_a_go_panic_with_its_goroutines_is_one_record() -> None:
    text = (
        "2024/01/02 03:04:05 starting\n"
        "panic: index out of range\n\n"
        "goroutine 1 [running]:\n"
        "main.main()\n"
        "\t/src/main.go:5 +0x1d\n"
        "exit status 2\n"
    )

    first, second = messages(text)

    assert first == "starting"
    assert second.startswith("panic:")
    assert second.endswith("exit status 2")


def test_indented_lines_and_closing_brackets_go_on() -> None:
    assert messages(HEAD + "  {\n    a: 1\n}\n" + NEXT) == ["failed\n  {\n    a: 1\n}", "ok"]


def test_an_indented_line_that_is_a_record_starts_one() -> None:
    text = " INFO [main] 2024-01-02 03:04:05,123 A.java:1 - one\nERROR [main] 2024-01-02 03:04:06,123 A.java:2 - two\n"  # noqa: E501

    assert messages(text * 2) == ["one", "two", "one", "two"]


def test_a_line_unlike_the_others_becomes_a_record_with_the_time_before_it() -> None:
    _, found = assemble((HEAD + "nothing like it\n" + NEXT).encode())

    assert [each.is_recognised for each in found] == [True, False, True]
    assert found[1].parsed.instant == found[0].parsed.instant
    assert found[1].format == "plain"


def test_a_trace_that_grows_too_large_goes_on_in_another_record() -> None:
    line = "\tat shop.Order.pay(Order.java:12)\n"
    text = HEAD + line * (2 * MAX_RECORD_BYTES // len(line)) + NEXT

    first, *others, last = read(text)

    assert others
    assert all(len(record["message"]) <= MAX_RECORD_BYTES for record in others)
    assert {record["timestamp"] for record in others} == {first["timestamp"]}
    assert {record["level"] for record in others} == {"ERROR"}
    assert others[0]["metadata"]["continues"] is True
    assert last["message"] == "ok"


def test_the_second_line_of_java_util_logging_has_the_level() -> None:
    text = (
        "Jan 02, 2024 3:04:05 PM shop.Order pay\nSEVERE: it failed\njava.lang.Error: x\n"
        "Jan 02, 2024 3:04:06 PM shop.Order pay\nINFO: fine\n"
    )

    first, second = read(text)

    assert (first["level"], first["message"]) == ("ERROR", "it failed\njava.lang.Error: x")
    assert (second["level"], second["message"]) == ("INFO", "fine")


def test_parts_of_a_line_of_a_container_are_joined() -> None:
    cri = "2024-01-02T03:04:05.1Z stdout P hel\n2024-01-02T03:04:05.2Z stdout F lo\n"
    docker = (
        '{"log":"hel","stream":"stdout","time":"2024-01-02T03:04:05.1Z"}\n'
        '{"log":"lo\\n","stream":"stdout","time":"2024-01-02T03:04:05.2Z"}\n'
    )

    assert messages(cri) == ["hello"]
    assert messages(docker) == ["hello"]


def test_parts_of_another_stream_are_not_joined() -> None:
    text = "2024-01-02T03:04:05.1Z stdout P hel\n2024-01-02T03:04:05.2Z stderr F lo\n"

    assert messages(text) == ["hel", "lo"]


def test_w3c_lines_are_read_by_the_last_line_of_fields() -> None:
    text = (
        "#Software: Some Server 1.0\n"
        "#Fields: date time cs-method cs-uri-stem c-ip sc-status\n"
        "2024-01-02 03:04:05 GET /a 192.0.2.1 200\n"
        "#Fields: date time c-ip cs-method cs-uri-stem sc-status time-taken\n"
        "2024-01-02 03:04:06 192.0.2.2 POST /b 503 12\n"
    )

    first, second = read(text)

    assert (first["message"], first["level"], first["source_ip"]) == (
        "GET /a 200",
        "INFO",
        "192.0.2.1",
    )
    assert (second["message"], second["level"]) == ("POST /b 503", "ERROR")
    assert second["metadata"]["time-taken"] == 12
    assert second["timestamp"] == "2024-01-02T03:04:06.000Z"


def test_an_export_of_opentelemetry_holds_several_records() -> None:
    text = (
        '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"pay"}}]},'
        '"scopeLogs":[{"scope":{"name":"lib"},"logRecords":['
        '{"timeUnixNano":"1704164645123456789","severityNumber":13,"body":{"stringValue":"one"}},'
        '{"timeUnixNano":"1704164645123456790","severityText":"Error","body":{"kvlistValue":'
        '{"values":[{"key":"a","value":{"intValue":"1"}}]}}}]}]}]}\n'
    )

    first, second = read(text)

    assert (first["service"], first["level"], first["message"]) == ("pay", "WARNING", "one")
    assert (second["level"], second["message"]) == ("ERROR", '{"a":1}')
    assert second["timestamp"] == "2024-01-02T03:04:05.123456790Z"
    assert first["id"] != second["id"]
