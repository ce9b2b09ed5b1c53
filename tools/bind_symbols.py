#!/usr/bin/env python3
"""Lets a shared library use its own symbols without asking for them by name: tools/bind_symbols.py LIBRARY.

A library that was not linked with -Bsymbolic looks each of its own functions and tables up by name whenever a program
starts, in case another library has one of the same name. Of the query engine these are 37,000 look-ups, a sixth of the time
of a short command. What -Bsymbolic would have written is written here: a relocation by a symbol that the library defines
itself becomes one by address. Left as they are: symbols of others, unique ones (one in a process by definition),
indirect ones and those of threads, and the table of calls, which are looked up when they are first made.

x86-64 only; another library is left as it is. Running it again changes nothing. Standard library only.
"""

import os
import struct
import sys
from pathlib import Path

PT_LOAD, PT_DYNAMIC = 1, 2
DT_SYMTAB, DT_RELA, DT_RELASZ = 6, 7, 8
R_64, R_GLOB_DAT, R_RELATIVE = 1, 6, 8
SHN_UNDEF, STB_GNU_UNIQUE, STT_TLS, STT_GNU_IFUNC = 0, 10, 6, 10
X86_64 = 62
RELOCATION, SYMBOL = struct.Struct("<QQq"), struct.Struct("<IBBHQQ")


class NotBindable(Exception):
    """The file is no library of this kind, or contradicts itself."""


def place_of(segments, address):
    """Where in the file the byte of an address is."""
    for begin, offset, size in segments:
        if begin <= address < begin + size:
            return offset + address - begin
    raise NotBindable("a table lies outside the file")


def tables(data):
    """Places of the relocations and of the symbols in the file, and the number of relocations."""
    if data[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<H", data, 18)[0] != X86_64:
        raise NotBindable("no x86-64 ELF file")
    headers, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    segments, dynamic = [], None
    for i in range(count):
        kind, _, offset, address, _, in_file, _, _ = struct.unpack_from("<IIQQQQQQ", data, headers + i * size)
        if kind == PT_LOAD:
            segments.append((address, offset, in_file))
        elif kind == PT_DYNAMIC:
            dynamic = range(offset, offset + in_file, 16)
    if dynamic is None:
        raise NotBindable("no shared library")
    entries = dict(struct.unpack_from("<qQ", data, at) for at in reversed(dynamic))
    if not {DT_SYMTAB, DT_RELA, DT_RELASZ} <= entries.keys():
        raise NotBindable("it has no relocations")
    return (place_of(segments, entries[DT_RELA]), place_of(segments, entries[DT_SYMTAB]),
            entries[DT_RELASZ] // RELOCATION.size)


def bind(data):
    """Changes the bytes of a library; the number of relocations that went by name before."""
    relocations, symbols, count = tables(data)
    bound = 0
    for at in range(relocations, relocations + count * RELOCATION.size, RELOCATION.size):
        address, info, addend = RELOCATION.unpack_from(data, at)
        kind, symbol = info & 0xFFFFFFFF, info >> 32
        if kind not in (R_64, R_GLOB_DAT):
            continue
        _, what, _, section, value, _ = SYMBOL.unpack_from(data, symbols + symbol * SYMBOL.size)
        if section == SHN_UNDEF or what >> 4 == STB_GNU_UNIQUE or what & 15 in (STT_TLS, STT_GNU_IFUNC):
            continue
        RELOCATION.pack_into(data, at, address, R_RELATIVE, value + (addend if kind == R_64 else 0))
        bound += 1
    return bound


def main():
    if len(sys.argv) != 2:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    path = Path(sys.argv[1])
    data = bytearray(path.read_bytes())
    try:
        bound = bind(data)
    except (NotBindable, struct.error) as why:
        print(f"{path} is left as it is: {why}", file=sys.stderr)
        return 0
    aside = path.with_name(path.name + ".new")
    aside.write_bytes(data)
    aside.chmod(path.stat().st_mode)
    os.replace(aside, path)
    print(f"{path}: {bound:,} symbols bound")
    return 0


if __name__ == "__main__":
    sys.exit(main())
