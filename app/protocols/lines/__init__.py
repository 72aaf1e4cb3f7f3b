"""Log lines of other systems, read into the fields of a record.

Pure: text in, ``ParsedLine`` out. A family of formats is a file; ``formats`` lists them in the order
in which they are tried, ``detect`` chooses among them, ``multiline`` says where a record ends.
"""
