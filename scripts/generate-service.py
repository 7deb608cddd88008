#!/usr/bin/env python3
"""Turns src/tl/service.tl into include/mtproto/service.h, src/tl/service.c and src/tl/service_names.c.

    generate-service.py            writes the files
    generate-service.py --check    writes nothing; fails when they are not what it would write

Every id is compared with the CRC32 of its normalised line (core.telegram.org/mtproto/TL-formal).
"""

import re
import sys
import textwrap
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "src/tl/service.tl"
HEADER = ROOT / "include/mtproto/service.h"
SOURCE = ROOT / "src/tl/service.c"
NAMES = ROOT / "src/tl/service_names.c"

WIDTH = 120
REST = ("Object", "Message", "!X", "X")  # a boxed value of a type that only its reader knows: all that is left
SIZES = {"int": 4, "long": 8}


class Field:
    def __init__(self, text):
        self.name, kind = text.split(":", 1)
        condition = re.fullmatch(r"(\w+)\.(\d+)\?(.+)", kind)
        self.flags, self.bit, self.kind = condition.groups() if condition else (None, None, kind)


class Line:
    def __init__(self, text, comment, id_only):
        match = re.fullmatch(r"([\w.]+)#([0-9a-f]{8}) (.*)= (\w+);", text)
        if not match:
            sys.exit(f"service.tl: not a declaration with an id of eight digits: {text}")
        self.text, self.comment, self.id_only = text, comment, id_only
        self.tl_name, id_hex, fields, self.result = match.groups()
        self.id = int(id_hex, 16)
        self.fields = [Field(word) for word in fields.split() if not word.startswith("{")]
        self.name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", self.tl_name).lower().replace(".", "_")
        if self.id != crc(text):
            sys.exit(f"service.tl: {self.tl_name} should have the id {crc(text):08x}")

    @property
    def macro(self):
        return "MTPROTO_ID_" + self.name.upper()

    @property
    def struct(self):
        return "struct mtproto_" + self.name

    def flag(self, field):
        return f"MTPROTO_{self.name.upper()}_{field.name.upper()}"

    @property
    def has_struct(self):
        return bool(self.fields) and not self.id_only


def crc(line):
    line = re.sub(r"#[0-9a-f]{8}", "", line.rstrip(";"), count=1)
    line = re.sub(r" \w+:\w+\.\d+\?true", "", line)
    line = line.replace(":bytes ", ":string ").replace("?bytes ", "?string ")
    line = line.replace("<", " ").replace(">", "")
    return zlib.crc32(re.sub(r"[{}()]", "", line).encode())


def parse(text):
    lines, comment, id_only = [], [], False
    for row in text.splitlines():
        if row == "// @id":
            id_only = True
        elif row.startswith("//"):
            comment.append(row[2:].strip())
        elif not row or row.startswith("---"):
            comment = []
        else:
            lines.append(Line(row, " ".join(comment), id_only))
            comment, id_only = [], False
    return lines


class Types:
    """What each TL type is in C."""

    def __init__(self, lines):
        constructors = {}
        for line in lines:
            constructors.setdefault(line.result, []).append(line)
        self.boxed = {t: only[0] for t, only in constructors.items() if len(only) == 1 and only[0].has_struct}
        self.bare = {line.tl_name: line for line in lines if line.has_struct}

    def element(self, kind):
        """The line that a vector of bare objects is made of, or None."""
        match = re.fullmatch(r"vector<(\w+)>", kind)
        return self.bare[match[1]] if match and match[1] != "message" else None

    def declare(self, field):
        name, kind = field.name, field.kind
        if kind in ("int128", "int256"):
            return f"uint8_t {name}[{int(kind[3:]) // 8}]"
        if self.element(kind):
            return f"{self.element(kind).struct}_list {name}"
        plain = {"#": "uint32_t", "int": "int32_t", "long": "uint64_t", "double": "double", "Bool": "bool",
                 "Vector<long>": "struct mtproto_longs", "vector<message>": "struct mtproto_message_list"}
        if kind in plain:
            return f"{plain[kind]} {name}"
        if kind in ("bytes", "string", "JSONValue") + REST:
            return f"struct mtproto_span {name}"
        return f"{self.boxed[kind].struct} {name}"

    def read(self, field):
        to, kind = "out->" + field.name, field.kind
        if kind in ("int128", "int256"):
            return f"mtproto_tl_read_raw(r, {to}, sizeof({to}));"
        if self.element(kind):
            return f"read_{self.element(kind).name}_list(&{to}, r);"
        if kind == "Vector<long>":
            return f"mtproto_longs_read(&{to}, r);"
        if kind == "vector<message>":
            return f"mtproto_message_list_read(&{to}, r);"
        calls = {"#": "mtproto_tl_read_u32", "int": "mtproto_tl_read_int", "long": "mtproto_tl_read_long",
                 "double": "mtproto_tl_read_double", "Bool": "mtproto_tl_read_bool",
                 "bytes": "mtproto_tl_read_bytes", "string": "mtproto_tl_read_bytes", "JSONValue": "mtp_tl_read_json"}
        calls.update(dict.fromkeys(REST, "mtp_tl_read_object"))
        if kind in calls:
            return f"{to} = {calls[kind]}(r);"
        return f"mtproto_{self.boxed[kind].name}_read(&{to}, r);"

    def write(self, field):
        value, kind = "in->" + field.name, field.kind
        if kind in ("int128", "int256"):
            return f"mtproto_tl_write_raw(w, {value}, sizeof({value}));"
        if self.element(kind):
            return f"write_{self.element(kind).name}_list(w, &{value});"
        if kind == "Vector<long>":
            return f"mtproto_longs_write(w, &{value});"
        if kind == "vector<message>":
            return f"mtproto_message_list_write(w, &{value});"
        if kind in ("bytes", "string"):
            return f"mtproto_tl_write_bytes(w, {value}.data, {value}.len);"
        if kind in ("JSONValue",) + REST:
            return f"mtproto_tl_write_raw(w, {value}.data, {value}.len);"
        calls = {"#": "u32", "int": "int", "long": "long", "double": "double", "Bool": "bool"}
        if kind in calls:
            return f"mtproto_tl_write_{calls[kind]}(w, {value});"
        return f"mtproto_{self.boxed[kind].name}_write(w, &{value});"


def signature(head, parameters):
    """One declaration, broken as clang-format breaks it."""
    column = len(head) + 1
    closing = len(");") if head.startswith("MTPROTO_API") else len(")")
    rows, row = [], head + "(" + parameters[0]
    for parameter in parameters[1:]:
        if len(row.expandtabs(8)) + len(", ") + len(parameter) + closing > WIDTH:
            rows.append(row + ",")
            row = "\t" * (column // 8) + " " * (column % 8) + parameter
        else:
            row += ", " + parameter
    return "\n".join(rows + [row]) + ")"


def comment(*paragraphs):
    rows = []
    for text in paragraphs:
        rows += textwrap.wrap(text, WIDTH - 6, break_long_words=False, break_on_hyphens=False)
    return "/* " + "\n * ".join(rows) + " */\n"


def read_head(line, export=""):
    return signature(f"{export}int mtproto_{line.name}_read", [f"{line.struct} *out", "struct mtproto_tl_reader *r"])


def write_head(line, export=""):
    return signature(f"{export}void mtproto_{line.name}_write",
                     ["struct mtproto_tl_writer *w", f"const {line.struct} *in"])


def at_head(line, export=""):
    return signature(f"{export}void mtproto_{line.name}_at",
                     [f"{line.struct} *out", f"const {line.struct}_list *list", "uint32_t index"])


def write_bare_head(line, export=""):
    return signature(f"{export}void mtproto_{line.name}_write_bare",
                     ["struct mtproto_tl_writer *w", f"const {line.struct} *in"])


def declare_line(line, types, elements):
    out = "\n" + comment(line.text, line.comment)
    conditional = [f for f in line.fields if f.bit is not None]
    widest = max((len(line.flag(f)) for f in conditional), default=0)
    for f in conditional:
        out += f"#define {line.flag(f):<{widest}} (1u << {f.bit})\n"
    out += line.struct + " {\n" + "".join(f"\t{types.declare(f)};\n" for f in line.fields if f.kind != "true") + "};\n"
    out += read_head(line, "MTPROTO_API ") + ";\n" + write_head(line, "MTPROTO_API ") + ";\n"
    if line in elements:
        out += f"\n/* {line.tl_name} without ids, count times {size_of(line)} bytes. */\n"
        out += f"{line.struct}_list {{\n\tconst uint8_t *data;\n\tuint32_t count;\n}};\n"
        out += "/* Reads the element at index, which must be below count. */\n" + at_head(line, "MTPROTO_API ") + ";\n"
        out += "/* Writes an element. */\n" + write_bare_head(line, "MTPROTO_API ") + ";\n"
    return out


def size_of(line):
    return sum(SIZES[f.kind] for f in line.fields)


def statements(line, call, owner):
    """One call a field; fields that depend on a bit of flags are guarded by it."""
    out = ""
    for f in line.fields:
        if f.kind == "true":
            continue
        if f.bit:
            out += f"\tif ({owner}->{f.flags} & {line.flag(f)})\n\t"
        out += f"\t{call(f)}\n"
    return out


def reads(line, types):
    return statements(line, types.read, "out")


def writes(line, types):
    return statements(line, types.write, "in")


def define_line(line, types):
    clear = "\tmemset(out, 0, sizeof(*out));\n" if any(f.bit for f in line.fields) else ""
    return (f"\n{read_head(line)}\n{{\n{clear}\tmtproto_tl_read_id(r, {line.macro});\n{reads(line, types)}"
            f"\treturn r->error;\n}}\n"
            f"\n{write_head(line)}\n{{\n\tmtproto_tl_write_u32(w, {line.macro});\n{writes(line, types)}}}\n")


def define_element(line, types):
    size = size_of(line)
    return f"""
{at_head(line)}
{{
	struct mtproto_tl_reader reader, *r = &reader;

	mtproto_tl_reader_init(r, list->data + (size_t)index * {size}, {size});
{reads(line, types)}}}

{write_bare_head(line)}
{{
{writes(line, types)}}}

static void read_{line.name}_list({line.struct}_list *out, struct mtproto_tl_reader *r)
{{
	out->count = mtproto_tl_read_count(r, {size});
	out->data = mtproto_tl_read_span(r, (size_t)out->count * {size}).data;
}}

static void write_{line.name}_list(struct mtproto_tl_writer *w, const {line.struct}_list *in)
{{
	mtproto_tl_write_u32(w, in->count);
	mtproto_tl_write_raw(w, in->data, (size_t)in->count * {size});
}}
"""


GENERATED = "Generated from src/tl/service.tl by scripts/generate-service.py; do not edit."


def header(lines, types, elements):
    widest = max(len(line.macro) for line in lines)
    ids = "".join(f"#define {line.macro:<{widest}} 0x{line.id:08x}u\n" for line in lines)
    structs = "".join(declare_line(line, types, elements) for line in lines if line.has_struct)
    return f"""/* The objects of MTProto's service schema: an id, a struct, a reader and a writer for each.
 * {GENERATED}
 *
 * A _read function reads a boxed object, its id included, and returns the reader's sticky error:
 * MTPROTO_ERR_CONSTRUCTOR for another id, MTPROTO_ERR_TRUNCATED and MTPROTO_ERR_ENCODING as in <mtproto/tl.h>; what was
 * not read is zero. It does not ask for the end of the bytes, because peers pad: where exactly one object is due,
 * mtproto_tl_reader_end follows.
 * Spans and lists point into the bytes that are read. A span of a type called Object, Message or X goes to their end.
 * A _write function writes the object in the same form; an error stays in the writer.
 * A member that depends on a bit of flags is there when that bit, a macro above the struct, is set, and zero otherwise.
 * An object without fields has only an id; mtproto_tl_write_u32 writes it. */
#ifndef MTPROTO_SERVICE_H
#define MTPROTO_SERVICE_H

#include <mtproto/service_parts.h>

#ifdef __cplusplus
extern "C" {{
#endif

{ids}
/* The name of the line with this id, as the schema spells it, or NULL. Static storage. */
MTPROTO_API const char *mtproto_service_name(uint32_t id);
{structs}
#ifdef __cplusplus
}}
#endif

#endif
"""


def source(lines, types, elements):
    bodies = ""
    for line in lines:
        if line in elements:
            bodies += define_element(line, types)
        if line.has_struct:
            bodies += define_line(line, types)
    return f"""/* {GENERATED} */
#include <mtproto/service.h>

#include "tl/skip.h"

#include <string.h>
{bodies}"""


def names(lines):
    cases = "".join(f"\tcase {line.macro}:\n\t\treturn \"{line.tl_name}\";\n" for line in lines)
    return f"""/* {GENERATED} */
#include <mtproto/service.h>

const char *mtproto_service_name(uint32_t id)
{{
	switch (id) {{
{cases}	default:
		return NULL;
	}}
}}
"""


def main():
    lines = parse(SCHEMA.read_text())
    types = Types(lines)
    elements = [e for line in lines for e in (types.element(f.kind) for f in line.fields) if e]
    wanted = {HEADER: header(lines, types, elements), SOURCE: source(lines, types, elements), NAMES: names(lines)}
    if sys.argv[1:] == ["--check"]:
        stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
        if stale:
            sys.exit("not what scripts/generate-service.py makes of service.tl: " + ", ".join(map(str, stale)))
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        for path, text in wanted.items():
            path.write_text(text)


if __name__ == "__main__":
    main()
