#!/usr/bin/env python3
"""Checks the rules of STYLE.md that a program can check. No dependencies.

usage: lint.py [TREE]       prints "file:line: rule: text" for every finding; exit status 1 if there is one
       lint.py --self-test  proves that every rule fires on a bad tree and none on a good one
"""
import pathlib
import re
import sys
import tempfile
from typing import NamedTuple

# A folder of src includes only itself and folders before it.
FOLDERS = (
    "base crypto tl transport message handshake session rpc updates dc store connection server "
    "json sqlite uv client"
).split()
CLIENT_FOLDERS = FOLDERS[FOLDERS.index("server") + 1:]
CLIENT_HEADERS = tuple(f"mtproto/{name}.h" for name in "account client json session_store sqlite uv".split())
PROGRAMS = ("cli", "testdc", "examples", "bench")
# The benchmark's engine without cryptography, which nothing public can make.
INTERNAL_PROGRAMS = ("bench/null_crypto.c",)

FILE_LINES_MAX = 1000
FUNCTION_LINES_MAX = 100
COLUMNS_MAX = 120
TAB = 8

# Calls that have one place, by the paths under src where they are legal.
BANNED_CALLS = [
    ("memory", "malloc calloc realloc free strdup strndup reallocarray aligned_alloc posix_memalign alloca",
     ("base/memory.c", "crypto/", "uv/", "client/")),
    ("clock", "time clock gettimeofday clock_gettime timespec_get localtime gmtime mktime uv_now uv_hrtime "
     "uv_clock_gettime", ("uv/",)),
    ("random", "rand random srand srandom rand_r drand48 arc4random arc4random_buf getrandom getentropy uv_random", ()),
    ("io", "socket connect bind listen accept send recv sendto recvfrom sendmsg recvmsg setsockopt getaddrinfo poll "
     "select epoll_wait open fopen read write close fread fwrite fclose", ("uv/", "sqlite/")),
    ("process", "printf fprintf vprintf vfprintf puts fputs putchar perror exit _exit quick_exit abort system getenv "
     "setlocale signal sigaction setjmp longjmp fork", ()),
    ("unsafe", "sprintf vsprintf strcpy strcat gets strtok atoi atol", ()),
]
# memcmp stops at the first difference and so tells where it is; these folders hold secrets.
SECRET_FOLDERS = ("crypto/", "message/", "handshake/", "session/")

# Headers outside the project: the standard's for all, others for the folders that own what is behind them.
STANDARD_HEADERS = "assert inttypes limits stdarg stdbool stddef stdint stdio stdlib string".split()
FOREIGN_HEADERS = [
    (r"openssl/.*", ("crypto/",)),
    (r"(\w*mmintrin|x86intrin|cpuid|arm_neon|arm_acle|sys/auxv|asm/hwcap)\.h", ("crypto/",)),
    (r"libdeflate\.h", ("session/", "transport/")),
    (r"jansson\.h", ("json/",)),
    (r"uv\.h", ("uv/", "client/")),
    (r"sqlite3\.h", ("sqlite/",)),
    (r"(errno|fcntl|unistd|sys/stat)\.h", ("uv/", "sqlite/")),
    (r"(math|time|signal|netdb|sys/.*|netinet/.*|arpa/.*)\.h", ("uv/",)),
]

# How a file starts that a program wrote; nobody reads its functions.
GENERATED = "/* Generated "

MARK = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
TEXT_SUFFIXES = (".c", ".h", ".py", ".sh", ".cmake", ".txt", ".md", ".json", ".in", ".map", ".tl", "")
IGNORED_FOLDERS = ("build", ".git", ".cache", "vectors", "corpus", "node_modules", "__pycache__")


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    text: str


class Source:
    """A C file: its text, and the same text with comments, literals and directives blanked out, line by line."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.without_comments = blank(text, COMMENT)
        self.code = blank(blank(text, COMMENT_OR_LITERAL), DIRECTIVE)

    def under_src(self):
        """The path below src, or None."""
        return self.path[len("src/"):] if self.path.startswith("src/") else None

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1


COMMENT_OR_LITERAL = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
COMMENT = re.compile(r"""(?P<keep>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|/\*.*?\*/|//[^\n]*""", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)


def blank(text, pattern):
    """Replaces what pattern matches by spaces, except newlines and a group named keep."""
    def spaces(match):
        if match.groupdict().get("keep"):
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())
    return pattern.sub(spaces, text)


def allowed(place, places):
    return any(place == p or (p.endswith("/") and place.startswith(p)) for p in places)


# ---- Rules of one C file. Each is a generator of (line, rule, text). ----

def check_includes(source):
    place = source.under_src()
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)', source.without_comments, re.M):
        line, own, name = source.line_of(match.start()), match.group(1) == '"', match.group(2)
        if place is not None:
            check = check_internal_include(place, name) if own else check_foreign_include(place, name)
        elif source.path.split("/")[0] in PROGRAMS and own and source.path not in INTERNAL_PROGRAMS:
            check = check_program_include(source.path, name)
        elif source.path.startswith("include/") and own:
            check = "a public header includes <mtproto/...> and the standard's headers only"
        else:
            check = None
        if check:
            yield line, "include", check


def check_internal_include(place, name):
    folder, included = place.split("/")[0], name.split("/")[0]
    if folder not in FOLDERS:
        return f"src/{folder} is not in the list of folders"
    if "/" not in name or included not in FOLDERS:
        return f'"{name}" is not of the form "folder/file.h"'
    if FOLDERS.index(included) > FOLDERS.index(folder):
        return f'src/{folder} is before src/{included} in the list of folders'
    return None


def check_foreign_include(place, name):
    if name.startswith("mtproto/"):
        in_core = place.split("/")[0] not in CLIENT_FOLDERS
        return "the core does not know its client" if in_core and name in CLIENT_HEADERS else None
    if name.endswith(".h") and name[:-2] in STANDARD_HEADERS:
        return None
    for pattern, places in FOREIGN_HEADERS:
        if re.fullmatch(pattern, name):
            return None if allowed(place, places) else f"<{name}> belongs to src/{' and src/'.join(places)}"
    return f"<{name}> is not a header that src may use"


def check_program_include(path, name):
    """A program sees its own headers, testdc's and the benchmarks', and the public ones."""
    own = "/" not in name or name.startswith(("testdc/", "bench/", path.split("/")[0] + "/"))
    return None if own and ".." not in name else f'"{name}" is not public; use <mtproto/...>'


def check_calls(source):
    place = source.under_src()
    if place is None:
        return
    own = set(re.findall(r"^static\b[^;{}()=]*\b(\w+)\s*\(", source.code, re.M))
    for kind, names, places in BANNED_CALLS:
        if not allowed(place, places):
            yield from find_calls(source, set(names.split()) - own, f"call-{kind}")
    if place.startswith(SECRET_FOLDERS):
        yield from find_calls(source, {"memcmp"}, "call-memcmp")


def find_calls(source, names, rule):
    if not names:
        return
    for match in re.finditer(r"(?<![\w.>])(%s)\s*\(" % "|".join(sorted(names)), source.code):
        yield source.line_of(match.start()), rule, f"{match.group(1)} is not for this folder"


def check_functions(source):
    if source.text.startswith(GENERATED):
        return
    for start, end in bodies(source.code):
        first, last = source.line_of(start), source.line_of(end)
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield first, "function-size", f"a function of {last - first + 1} lines, limit {FUNCTION_LINES_MAX}"


def bodies(code):
    """The (start, end) offsets of the function bodies: brace pairs at the outermost level that follow a parenthesis."""
    depth, start = 0, None
    for match in re.finditer(r"[{}]", code):
        if match.group() == "{":
            if depth == 0:
                start = match.start() if code[:match.start()].rstrip().endswith(")") else None
            depth += 1
        else:
            depth = max(depth - 1, 0)
            if depth == 0 and start is not None:
                yield start, match.start()
                start = None


def check_file_size(source):
    if len(source.lines) > FILE_LINES_MAX:
        yield FILE_LINES_MAX + 1, "file-size", f"a file of {len(source.lines)} lines, limit {FILE_LINES_MAX}"


def check_names(source):
    for match in re.finditer(r"\btypedef\s+(struct|union|enum)\b", source.code):
        yield source.line_of(match.start()), "typedef", f"a typedef hides a {match.group(1)}"
    for match in re.finditer(r"\btypedef\b[^;]*?(\w+_t)\s*;", source.code):
        yield source.line_of(match.start()), "typedef", f"{match.group(1)} ends in _t"


def check_indentation(source):
    before = ";"
    for number, (line, code) in enumerate(zip(source.lines, blank(source.text, COMMENT_OR_LITERAL).splitlines()), 1):
        indent = line[:len(line) - len(line.lstrip())]
        if " \t" in indent:
            yield number, "indentation", "a tab after a space"
        elif code.startswith(" ") and code.strip() and before in ";{}:":
            yield number, "indentation", "spaces instead of a tab"
        if code.strip():
            before = code.rstrip()[-1]


# ---- Rules of public headers. ----

def check_guard(source):
    parts = pathlib.PurePosixPath(source.path).parts
    if parts[0] == "include":
        guard = "_".join(("MTPROTO",) + parts[2:])
    elif parts[0] == "src":
        guard = "_".join(("MTP",) + parts[1:])
    else:
        return
    guard = re.sub(r"\W", "_", guard).upper()
    directives = [match.group().split() for match in DIRECTIVE.finditer(source.without_comments)]
    if directives[:2] != [["#ifndef", guard], ["#define", guard]] or directives[-1] != ["#endif"]:
        yield 1, "guard", f"the file is not guarded by {guard}"


def check_extern_c(source):
    if not source.code.strip():
        return
    opening = '#ifdef __cplusplus\nextern "C" {\n#endif\n'
    closing = "#ifdef __cplusplus\n}\n#endif\n"
    if source.text.count(opening) != 1 or source.text.count(closing) != 1:
        yield 1, "extern-c", 'no extern "C" for C++'


class Declaration(NamedTuple):
    line: int
    name: str
    text: str


def declarations(source):
    """The functions that a header declares. Bodies of struct, enum and inline functions are taken out first."""
    code = re.sub(r'\bextern\s+\{', lambda m: " " * len(m.group()), source.code)
    depth, flat = 0, []
    for char in code:
        depth -= char == "}"
        flat.append(char if depth <= 0 or char == "\n" else " ")
        depth += char == "{"
    flat = "".join(flat)
    for match in re.finditer(r"[^;{}]+", flat):
        function = re.match(r"[^()]*?\b(\w+)\s*\((?!\s*\*)", strip_attributes(match.group()))
        is_type = re.match(r"\s*(typedef|struct\s+\w+\s*$|static)\b", match.group())
        if function and not is_type and flat[match.end():match.end() + 1] == ";":
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            yield Declaration(source.line_of(start), function.group(1), match.group())


def strip_attributes(text):
    return re.sub(r"__attribute__\s*\(\(.*?\)\)", " ", text, flags=re.S)


def check_declarations(source):
    for declaration in declarations(source):
        if "MTPROTO_API" not in declaration.text:
            yield declaration.line, "api", f"{declaration.name} is declared without MTPROTO_API"
        if not declaration.name.startswith("mtproto_"):
            yield declaration.line, "api", f"{declaration.name} is public and does not start with mtproto_"
        # What every _config_init does is said once, in docs/abi.md; the members say their defaults.
        if not declaration.name.endswith("_config_init") and not has_comment(source, declaration.line):
            yield declaration.line, "api-comment", f"no comment stands above {declaration.name} or its group"


def has_comment(source, line):
    """Whether the block of lines around line starts with a comment, or follows a type that has one."""
    first = start_of_block(source.lines, line - 1)
    if source.lines[first].startswith("/*"):
        return True
    if first < 2 or source.lines[first - 2] != "};":
        return False
    first -= 2
    while re.match(r"[\s}]|$", source.lines[first]):
        first -= 1
    return source.lines[start_of_block(source.lines, first)].startswith("/*")


def start_of_block(lines, index):
    while index > 0 and lines[index - 1].strip():
        index -= 1
    return index


# ---- Rules of all texts. ----

def check_text(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            yield number, "space", "white space at the end of the line"
        if not path.endswith((".md", ".tl")) and len(line.expandtabs(TAB)) > COLUMNS_MAX:
            yield number, "columns", f"{len(line.expandtabs(TAB))} columns, limit {COLUMNS_MAX}"
        if MARK.search(line):
            yield number, "mark", f"unfinished: {line.strip()}"
    if "\r" in text or (text and not text.endswith("\n")):
        yield text.count("\n") + 1, "newline", "lines end with a line feed, the last one too"


SOURCE_RULES = (check_includes, check_calls, check_functions, check_file_size, check_names, check_indentation)
PUBLIC_RULES = (check_extern_c, check_declarations)


# ---- The whole tree. ----

def check_definitions(sources):
    """Every function that a public header declares is defined in src."""
    defined = set()
    for source in sources:
        if source.path.startswith("src/") and source.path.endswith(".c"):
            defined |= {name for start, _ in bodies(source.code) for name in defined_name(source.code[:start])}
    for source in sources:
        if source.path.startswith("include/"):
            for declaration in declarations(source):
                if declaration.name not in defined:
                    yield Finding(source.path, declaration.line, "undefined", f"{declaration.name} is nowhere defined")


def check_umbrella(sources):
    """mtproto.h includes all headers of the core."""
    public = {source.path[len("include/"):]: source for source in sources if source.path.startswith("include/")}
    umbrella = public.pop("mtproto/mtproto.h", None)
    text = umbrella.without_comments if umbrella else ""
    for name in sorted(set(public) - set(CLIENT_HEADERS)):
        if f"#include <{name}>\n" not in text:
            yield Finding("include/mtproto/mtproto.h", 1, "umbrella", f"<{name}> is missing")


def check_readme(files):
    """A C program in the README is one of the examples."""
    examples = {text for path, text in files if path.startswith("examples/")}
    for path, text in files:
        if path == "README.md":
            for block in re.finditer(r"^```c\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
                if block[1] not in examples:
                    line = text.count("\n", 0, block.start()) + 1
                    yield Finding(path, line, "readme", "this is no file of examples/")


def defined_name(before):
    """The name of the function whose parameters end where before does."""
    depth = 0
    for offset in range(len(before) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(before[offset], 0)
        if before[offset] == "(" and depth == 0:
            return re.findall(r"(\w+)\s*$", before[:offset])
    return []


def texts(tree):
    """(path, text) of every text file that belongs to the project."""
    for path in sorted(tree.rglob("*")):
        relative = path.relative_to(tree)
        if path.is_file() and path.suffix in TEXT_SUFFIXES and not set(relative.parts) & set(IGNORED_FOLDERS):
            yield relative.as_posix(), path.read_bytes().decode("utf-8", "replace")


def lint(tree):
    findings, sources = [], []
    files = list(texts(tree))
    for path, text in files:
        findings += [Finding(path, *found) for found in check_text(path, text)]
        if path.endswith((".c", ".h")):
            sources.append(Source(path, text))
    for source in sources:
        rules = list(SOURCE_RULES)
        if source.path.endswith(".h"):
            rules.append(check_guard)
        if source.path.startswith("include/"):
            rules += PUBLIC_RULES
        findings += [Finding(source.path, *found) for rule in rules for found in rule(source)]
    return sorted(findings + list(check_definitions(sources)) + list(check_umbrella(sources)) +
                  list(check_readme(files)))


# ---- Self-test: a good tree, and for each rule what makes it bad. ----

GOOD_HEADER = """/* Good. */
#ifndef MTPROTO_GOOD_H
#define MTPROTO_GOOD_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A type. */
struct mtproto_good {
	int (*send)(void *user);

	int last;
};

MTPROTO_API void mtproto_good_init(struct mtproto_good *good);

/* A group of two. */
MTPROTO_API int mtproto_good_open(struct mtproto_good *good,
                                  const char *malloc);
MTPROTO_API void mtproto_good_close(struct mtproto_good *good);

#ifdef __cplusplus
}
#endif

#endif
"""

GOOD_SOURCE = """#include <mtproto/good.h>

#include "base/bytes.h"

#include <string.h>

static int send(int x)
{
	return x; /* malloc(1) in a comment, TODAY */
}

int mtproto_good_open(struct mtproto_good *good,
                      const char *malloc)
{
	const char *text = "free(1) {";

	return good->send(&text) + send(1);
}

void mtproto_good_close(struct mtproto_good *good)
{
	mtproto_good_init(good);
}

void mtproto_good_init(struct mtproto_good *good)
{
	(void)good;
}
"""

GOOD_UMBRELLA = """/* All. */
#ifndef MTPROTO_MTPROTO_H
#define MTPROTO_MTPROTO_H

#include <mtproto/good.h>

#endif
"""

GOOD_TREE = {
    "include/mtproto/mtproto.h": GOOD_UMBRELLA,
    "include/mtproto/good.h": GOOD_HEADER,
    "src/base/bytes.h": "#ifndef MTP_BASE_BYTES_H\n#define MTP_BASE_BYTES_H\n\n#endif\n",
    "src/base/memory.c": "#include <stdlib.h>\n\nvoid *mtp_get(void)\n{\n\treturn malloc(1);\n}\n",
    "src/tl/good.c": GOOD_SOURCE,
    "src/crypto/aes.c": "#include <openssl/evp.h>\n",
    "src/session/gzip.c": "#include <libdeflate.h>\n",
    "src/uv/clock.c": "#include <uv.h>\n\nstatic long now(void)\n{\n\treturn uv_hrtime();\n}\n",
    "cli/main.c": '#include <mtproto/good.h>\n\n#include "cmd.h"\n#include "testdc/testdc.h"\n',
}


def body(statement):
    return "static void f(void)\n{\n\t" + statement + "\n}\n"


# rule, file, its text
BAD_FILES = [
    ("include", "src/tl/a.c", '#include "session/session.h"\n'),
    ("include", "src/tl/a.c", '#include "a.h"\n'),
    ("include", "src/other/a.c", '#include "base/bytes.h"\n'),
    ("include", "src/server/a.c", "#include <mtproto/client.h>\n"),
    ("include", "src/session/a.c", "#include <openssl/evp.h>\n"),
    ("include", "src/rpc/a.c", "#include <libdeflate.h>\n"),
    ("include", "src/rpc/a.c", "#include <unistd.h>\n"),
    ("include", "src/rpc/a.c", "#include <pthread.h>\n"),
    ("include", "src/connection/a.c", "#include <uv.h>\n"),
    ("include", "cli/a.c", '#include "base/bytes.h"\n'),
    ("include", "testdc/a.c", '#include "../src/base/bytes.h"\n'),
    ("call-memory", "src/connection/a.c", body("free(p);")),
    ("call-memory", "src/rpc/a.c", body("p = malloc (1);")),
    ("call-clock", "src/session/a.c", body("t = time(NULL);")),
    ("call-random", "src/uv/a.c", body("x = rand();")),
    ("call-io", "src/connection/a.c", body("connect(1, a, 2);")),
    ("call-process", "src/uv/a.c", body("abort();")),
    ("call-process", "src/tl/a.c", body('printf("x");')),
    ("call-unsafe", "src/tl/a.c", body("strcpy(a, b);")),
    ("call-memcmp", "src/crypto/a.c", body("return memcmp(a, b, 1);")),
    ("function-size", "src/tl/a.c", body("x();\n\t" * FUNCTION_LINES_MAX)[:-3].rstrip("\t\n") + "\n}\n"),
    ("file-size", "src/tl/a.c", "int x;\n" * (FILE_LINES_MAX + 1)),
    ("typedef", "src/tl/a.c", "typedef struct a b;\n"),
    ("typedef", "src/tl/a.c", "typedef int number_t;\n"),
    ("indentation", "src/tl/a.c", "static void f(void)\n{\n    return;\n}\n"),
    ("indentation", "src/tl/a.c", "static void f(void)\n{\n \treturn;\n}\n"),
    ("guard", "src/tl/a.h", "#ifndef A_H\n#define A_H\n#endif\n"),
    ("umbrella", "include/mtproto/mtproto.h", GOOD_UMBRELLA.replace("good", "base")),
    ("space", "docs/a.md", "text \n"),
    ("columns", "src/tl/a.c", "/*\n\t" + "x" * (COLUMNS_MAX - TAB + 1) + "\n*/\n"),
    ("mark", "docs/a.md", "TO" "DO later\n"),
    ("newline", "docs/a.md", "text"),
    ("readme", "README.md", "```c\nint main(void);\n```\n"),
    ("newline", "docs/a.md", "text\r\ntext\n"),
]

# rule, what stands in the good header, what replaces it
BAD_HEADERS = [
    ("guard", "MTPROTO_GOOD_H\n\n", "GOOD_H\n\n"),
    ("extern-c", 'extern "C" {\n', "extern {\n"),
    ("include", "<stdint.h>", '"base/bytes.h"'),
    ("api", "MTPROTO_API void", "void"),
    ("api", "mtproto_good_close", "good_close"),
    ("api-comment", "/* A group of two. */\n", ""),
    ("api-comment", "/* A type. */\n", ""),
    ("undefined", "mtproto_good_close", "mtproto_good_finish"),
]


def write_tree(tree, files):
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(text.encode())


def rules_of(files):
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name)
        write_tree(tree, files)
        return {finding.rule for finding in lint(tree)}


def self_test():
    failures = [f"the good tree: {rules_of(GOOD_TREE)}"] if rules_of(GOOD_TREE) else []
    bad_trees = [(rule, {**GOOD_TREE, path: text}) for rule, path, text in BAD_FILES]
    for rule, old, new in BAD_HEADERS:
        assert old in GOOD_HEADER
        bad_trees.append((rule, {**GOOD_TREE, "include/mtproto/good.h": GOOD_HEADER.replace(old, new)}))
    for number, (rule, files) in enumerate(bad_trees):
        found = rules_of(files)
        # A bad header may well break a second rule: a function without its prefix is not defined either.
        if rule not in found or (number < len(BAD_FILES) and found != {rule}):
            failures.append(f"bad tree {number} for {rule}: {sorted(found)}")
    print("\n".join(failures) or f"{len(bad_trees)} bad trees found out")
    return 1 if failures else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    findings = lint(pathlib.Path(arguments[0] if arguments else ".").resolve())
    for finding in findings:
        print(f"{finding.path}:{finding.line}: {finding.rule}: {finding.text}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
