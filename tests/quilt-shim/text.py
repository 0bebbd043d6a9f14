"""The text of patches, as far as the shim has to look at it: where the header ends, which files, which hunks; and diffs in quilt's form."""

import os
import re
import subprocess
import tempfile

START = re.compile(rb"^(Index: |diff |--- .*\n\+\+\+ |\*\*\* .*\n--- )", re.M)
NAMES = re.compile(rb"^(?:---|\+\+\+|\*\*\*|Index:) (?!\d)\"?([^\t\n\"]+)", re.M)
UNIFIED = re.compile(rb"^--- (.*)\n\+\+\+ (.*)\n", re.M)
HUNK = re.compile(rb"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@.*\n", re.M)


def split(text):
    """The header and the diffs."""
    found = START.search(text)
    return (text[: found.start()], text[found.start():]) if found else (text, b"")


def strip(name, level):
    """A name of a diff without its leading parts; None for /dev/null, and for what has too few parts."""
    name = name.split(b"\t")[0].strip().strip(b'"').decode("utf-8", "surrogateescape")
    if name == "/dev/null":
        return None
    parts = name.split("/")
    return "/".join(parts[level:]) if len(parts) > level else None


def sections(text, level):
    """Each file of a unified diff: its name, the lines above its hunks, its hunks."""
    found = []
    starts = [match for match in UNIFIED.finditer(text)]
    for match, follower in zip(starts, starts[1:] + [None]):
        end = follower.start() if follower else len(text)
        end = next((cut.start() for cut in re.finditer(rb"^(?:Index: |diff )", text[match.end():end], re.M)), end - match.end())
        body = text[match.end(): match.end() + end]
        old, new = strip(match[1], level), strip(match[2], level)
        name = min((name for name in (old, new) if name), key=lambda name: (name.count("/"), len(name)), default=None)
        at = [hunk.start() for hunk in HUNK.finditer(body)]
        hunks = [body[a:b] for a, b in zip(at, at[1:] + [len(body)])]
        found.append({"name": name, "old": old, "new": new, "head": match[0], "hunks": hunks})
    return found


def names(text, level):
    """The files that a patch may mean, in its order."""
    found = [strip(name, level) for name in NAMES.findall(split(text)[1])]
    both = [name for name in found if name]
    return list(dict.fromkeys(name[:-5] if name.endswith(".orig") and name[:-5] in both else name for name in both))


def label(path, side, style, root):
    """The name of a file in a diff: side is `old` or `new`, style `0`, `1` or `ab`."""
    if style == "ab":
        return ("a/" if side == "old" else "b/") + path
    if style == "0":
        return path + (".orig" if side == "old" else "")
    return root + (".orig/" if side == "old" else "/") + path


def quoted(name):
    return '"%s"' % name if " " in name else name


def diff_hunks(old, new, options):
    """What diff(1) says of two contents, without its two first lines; None if they are binary."""
    with tempfile.TemporaryDirectory() as directory:
        for name, content in (("old", old), ("new", new)):
            with open(os.path.join(directory, name), "wb") as file:
                file.write(content or b"")
        done = subprocess.run(["diff", *options, "old", "new"], cwd=directory, capture_output=True)
    if done.returncode == 2 or done.stdout.startswith((b"Binary", b"Files")):
        return None
    return b"".join(done.stdout.splitlines(keepends=True)[2:])


def render(path, old, new, hunks, how):
    """One file in quilt's form."""
    style, root = how["style"], how["root"]
    marks = ("***", "---") if how["options"][0].startswith(("-c", "-C")) else ("---", "+++")
    first = label(path, "old", style, root)
    if new is None and style == "0":
        first = path
    names = ["/dev/null" if old is None else first, "/dev/null" if new is None else label(path, "new", style, root)]
    if how["reverse"]:
        names = ["/dev/null" if new is None else first, "/dev/null" if old is None else label(path, "new", style, root)]
    head = "%s %s\n%s %s\n" % (marks[0], quoted(names[0]), marks[1], quoted(names[1]))
    if how["index"]:
        head = "Index: %s\n%s\n" % (label(path, "new", style, root), "=" * 67) + head
    return head.encode("utf-8", "surrogateescape") + hunks


def trailing(hunks):
    """The lines of the new file that a diff adds with blanks at their ends."""
    found, at = [], 0
    for line in hunks.split(b"\n"):
        start = HUNK.match(line + b"\n")
        if start:
            at = int(start[2]) - 1
        elif line[:1] in (b"+", b" "):
            at += 1
            if line[:1] == b"+" and re.search(rb"[ \t]$", line[1:]):
                found.append(at)
    return found


def next_name(name):
    """The name of a fork: `x-2.diff` of `x.diff`, `x-3.diff` of `x-2.diff`."""
    base, extension = re.fullmatch(r"(.*?)((?:\.(?:patch|diff?|gz|bz2|xz|lzma|zst))*)", name).groups()
    number = re.fullmatch(r"(.*)-(\d+)", base)
    return "%s-%d%s" % ((number[1], int(number[2]) + 1, extension) if number else (base, 2, extension))
