"""``logfeed import``: log files of other systems, read, sent to the API, and never sent in vain.

``command`` reads the options, ``sources`` opens files whatever their compression, ``identity`` tells
one file from another by its content, ``resume`` remembers how far each was imported, ``run`` turns
bytes into batches, ``delivery`` sends them until they are acknowledged, ``follow`` waits for more.
"""

from app.cli.importing.command import import_files

__all__ = ["import_files"]
