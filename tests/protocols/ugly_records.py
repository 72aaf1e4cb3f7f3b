"""Records as senders may spell them: good ones, and each thing that can be wrong with one."""

GOOD: dict[str, bytes] = {
    "least": b'{"level":"INFO","service":"api","message":"m"}',
    "all fields": (
        b'{"id":"mine","timestamp":"2026-11-24T12:00:00.000000001Z","level":"error","service":"api",'
        b'"message":"m","metadata":{"a":{"b":[1,null,"x",true,-1.5e3]}},"source_ip":"10.0.0.7",'
        b'"correlation_id":"c","trace_id":"t","span_id":"s"}'
    ),
    "service_name": b'{"level":"INFO","service_name":"api","message":"m"}',
    "both names": b'{"level":"INFO","service_name":"api","service":"api","message":"m"}',
    "spaces": b' {\n"level" : "INFO",\r\n\t"service":"api" , "message":"m" } ',
    "escapes": b'{"level":"INFO","service":"a\\u0070i","message":"\\ud83d\\ude00\\/\\u0000\\n"}',
    "escaped key": b'{"l\\u0065vel":"INFO","service":"api","message":"m"}',
    "not ASCII": '{"level":"INFO","service":"日本","message":"ü😀"}'.encode(),
    "level in lower case": b'{"level":"warn","service":"api","message":"m"}',
    "level in mixed case": b'{"level":"wArN","service":"api","message":"m"}',
    "level with spaces": b'{"level":" INFO ","service":"api","message":"m"}',
    "syslog number": b'{"level":3,"service":"api","message":"m"}',
    "syslog number in text": b'{"level":"3","service":"api","message":"m"}',
    "minus zero": b'{"level":-0,"service":"api","message":"m"}',
    "key twice": b'{"level":"LOUD","level":"INFO","service":"api","message":"m"}',
    "key twice, first null": b'{"id":null,"id":"x","level":"INFO","service":"a","message":"m"}',
    "key twice in metadata": (
        b'{"level":"INFO","service":"a","message":"m","metadata":{"a":1,"a":{"b":2}}}'
    ),
    "empty metadata": b'{"level":"INFO","service":"api","message":"m","metadata":{}}',
    "IPv6": b'{"level":"INFO","service":"api","message":"m","source_ip":"::ffff:10.0.0.1"}',
    "IPv6 with a zone": b'{"level":"INFO","service":"api","message":"m","source_ip":"fe80::1%e"}',
}

#: Values for the field of this name, each put in place of the record's own or beside it.
VALUES: dict[str, list[bytes]] = {
    "level": [b"null", b"true", b"8", b"-1", b"3.0", b"3e0", b'""', b'"LOUD"', b"[]", b"{}", b"1" * 25],
    "service": [b"null", b"7", b'""', b'" "', b'"%b"' % (b"s" * 256), b'"%b"' % (b"s" * 257), b"[]"],
    "service_name": [b"null", b'"api"', b'"other"', b'""', b"7"],
    "message": [b"null", b"12", b'""', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff"', b'"\xc0\xaf"',
                b'"\xed\xa0\x80"', b'"a\nb"', b'"\x00"', b'"\\x"', b'"\\u12"',
                b'"%b"' % (b"x" * 1_048_577)],
    "id": [b"null", b"7", b'""', b'"%b"' % (b"x" * 512), b'"%b"' % (b"x" * 513), b'"\xc3\xbc"',
           b'"%b"' % ("ü" * 512).encode()],
    "timestamp": [
        b"null", b"true", b"0", b"-1", b"-0", b"1795521600", b"1795521600.5", b"1795521600123",
        b"1795521600123456789", b"9223372036854775807", b"9223372036854775808", b"1e9", b"1e400",
        b"1" * 25, b"NaN", b'"1795521600"', b'"now"', b'""', b'"2026-11-24T12:00:00"', b"[1]",
        b'"2026-11-24T12:00:60Z"', b'"2026-02-30T12:00:00Z"', b'"2026-11-24t12:00:00,5z"',
        b'"2026-11-24T12:00:00.1234567891Z"', b'"2026-11-24T12:00:00.Z"', b'"1969-12-31T23:59:59Z"',
        b'"1970-01-01T00:59:59+01:00"', b'"2262-04-11T23:47:16.854775808Z"', b'"0001-01-01T00:00:00Z"',
        b'"10000-01-01T00:00:00Z"', b'"2026-11-24T12:00:00+14:00"', b'"2026-11-24T12:00:00+24:00"',
        b'"2026-11-24T12:00:00.\\u0661Z"', b'" 2026-11-24T12:00:00Z "', b'"2026-11-24T12:00:00Z+01:00"',
    ],
    "metadata": [
        b"null", b"[]", b'"a=b"', b"7", b'{"":1}', b'{"a\\u0000":1}',
        b'{"a.b":1,"a":{"b":2}}', b'{".":1}',
        b'{"a":1e400}', b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":18446744073709551615}',
        b'{"a":18446744073709551616}', b'{"a":-9223372036854775809}', b'{"a":[[%b]]}' % (b"1" * 25),
        b'{"a":%b}' % (b"1" * 400), b'{"a":%b}' % (b"1" * 5_000), b'{"a":9007199254740993.0}',
        b'{"a":true}', b'{"a":null}', b'{"a":-0.0}', b'{"a":01}', b'{"a":1.}', b'{"a":"\\ud800"}',
        b'{"\\ud800":1}', b'{"a":"\xff"}', b'{"\xff":1}', b'{"a":[1,]}', b'{"a":{"b":{"c":{}}}}',
        *(b'{"a":' * depth + b"1" + b"}" * depth for depth in (5, 6, 7, 8, 20, 21, 400, 1_100, 20_000)),
        *(b'{"a":' + b"[" * depth + b"]" * depth + b"}" for depth in (5, 6, 7, 21, 1_100, 20_000)),
    ],
    "source_ip": [b"null", b'""', b"167772161", b'"10.0.0.256"', b'"010.0.0.1"',
                  b'"10.0.0.0/8"', b'"1.2.3"',
                  b'" 10.0.0.1"', b'"10.0.0.1\\n"', b'"10.0.0.1\\u0000"', b'"\\u0661.0.0.1"',
                  b'"::"', b"[]",
                  b'"0.0.0.0"', b'"\\ud800"', b'"0x1.0.0.1"'],
    "correlation_id": [b"null", b'""', b"7", b'"%b"' % (b"c" * 256), b'"%b"' % (b"c" * 257)],
    "trace_id": [b"null", b'"\xe6\x97"', b"[]"],
    "span_id": [b"null", b"true"],
    "hostname": [b"null", b'"web-1"'],
    "instant": [b"5"],
    "Level": [b'"INFO"'],
    "": [b"1"],
}  # fmt: skip

#: What is no record at all, or no JSON.
OTHER: list[bytes] = [
    b"", b" ", b"null", b"true", b"7", b"1.5", b'"text"', b"[]", b"[1]", b"{}", b'{"logs":[]}',
    b"{", b"oops",
    b"NaN", b'{"level":"INFO","service":"api","message":"m",}', b'{"level":"INFO","service":"api"}',
    b'{"level":"INFO","message":"m"}', b'{"service":"api","message":"m"}', b"{} {}", b"{}\x00",
    b'\xef\xbb\xbf{"level":"INFO","service":"api","message":"m"}',
    b'\xef\xbb\xbf\xef\xbb\xbf{"level":"INFO","service":"api","message":"m"}',
    '{"level":"INFO","service":"api","message":"m"}'.encode("utf-16"),
    b'{"level":"INFO","service":"api","message":"m"',
    b"[" * 2_000 + b"]" * 2_000, b"[" * 100_000,
]  # fmt: skip

_BEGIN = b'{"level":"INFO","service":"api","message":"m"'


def _cases() -> dict[str, bytes]:
    cases = dict(GOOD)
    for name, values in VALUES.items():
        for at, value in enumerate(values):
            field = b'"%b":%b' % (name.encode(), value)
            # The last of two counts, so that this takes the place of the record's own.
            cases[f"{name} {at}: {value[:24]!r}"] = _BEGIN + b"," + field + b"}"
            cases[f"{name} first {at}: {value[:24]!r}"] = b"{" + field + b"," + _BEGIN[1:] + b"}"
    cases.update({f"other {at}: {body[:24]!r}": body for at, body in enumerate(OTHER)})
    return cases


CASES = _cases()
