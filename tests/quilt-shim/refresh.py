"""refresh, diff and header: the text of patches."""

import os
import re
import sys

import text
from names import below, find, need_top, of
from push import make, remember
from stack import Stop


def how_of(stack, options, name):
    style = str(options.get("p", "0" if name and stack.level(name) == 0 else "1"))
    given = [flag + options[flag[1]] for flag in ("-U", "-C") if flag[1] in options] or ["-c" if "c" in options else "-u"]
    root = os.path.basename(stack.root)
    index = "no-index" not in options and not os.environ.get("QUILT_NO_DIFF_INDEX")
    return {"style": style, "root": root, "options": given, "index": index, "reverse": "R" in options}


def from_pq(stack, name):
    """The files of a patch with the hunks that pq diff writes, in the order of the patch's file in the queue."""
    diff = stack.run(os.environ.get("PQ", "pq"), "-C", stack.tree, "--queue", stack.queue, "diff", stack.of(name)["pq"]).stdout
    found = {}
    for part in re.split(rb"^(?=diff --git )", diff, flags=re.M)[1:]:
        sections = text.sections(part, 1)
        if sections:
            # What git shows behind the line numbers, quilt does not.
            found[sections[0]["name"]] = re.sub(rb"^(@@ [^@]* @@).*", rb"\1", b"".join(sections[0]["hunks"]), flags=re.M)
        elif b"GIT binary patch" in part:
            found[re.match(rb"diff --git a/(.*?) b/", part)[1].decode()] = None
    with open(os.path.join(stack.queue, "patches", stack.of(name)["pq"] + ".patch"), "rb") as file:
        order = text.names(file.read(), 1)
    return {path: found[path] for path in [*order, *found] if path in found}


def body(stack, name, options):
    """The diff of a patch as quilt writes it."""
    how, found, result = how_of(stack, options, name), from_pq(stack, name), b""
    for path in sorted(found) if "sort" in options else found:
        old, new = stack.content(stack.before(name), path), stack.content(stack.commit(name), path)
        hunks = found[path] if how["options"] == ["-u"] else text.diff_hunks(old, new, how["options"])
        if hunks is None:
            raise Stop("Diff failed on file '%s', aborting" % path)
        result += text.render(path, old, new, hunks, how)
    return result


def refresh(stack, options, names):
    name = of(stack, {}, names)
    applied = stack.applied()
    later = {path for other in applied[applied.index(name) + 1:] for path in stack.files(other)}
    own = [path for path in stack.files(name) if path not in later]
    if len(own) < len(stack.files(name)) and "f" not in options:
        raise Stop("More recent patches modify files in patch %s. Enforce refresh with -f." % stack.shown(name))
    if "z" in options:
        return refresh_as(stack, options["z"] or text.next_name(name), name, own)
    for path in own:
        if os.path.exists(os.path.join(stack.root, path)) and not os.access(os.path.join(stack.root, path), os.R_OK):
            print("diff: %s: Permission denied" % path)
            raise Stop("Diff failed on file '%s', aborting" % path)
    blanks(stack, name, own, "strip-trailing-whitespace" in options)
    stack.of(name)["added"] = stack.files(name)
    stack.into(name, own)
    write(stack, name, options)


def blanks(stack, name, paths, strip):
    """Tells of blanks at the ends of lines, or takes them away."""
    for path in paths:
        old, new = stack.content(stack.before(name), path), stack.here(path)
        lines = text.trailing(text.diff_hunks(old, new, ["-u"]) or b"")
        if lines and strip:
            print("Removing trailing whitespace from lines %s of %s" % (",".join(map(str, lines)), path))
            rows = new.split(b"\n")
            rows = [row.rstrip(b" \t") if at in lines else row for at, row in enumerate(rows, 1)]
            with open(os.path.join(stack.root, path), "wb") as file:
                file.write(b"\n".join(rows))
        elif lines:
            print("Warning: trailing whitespace in lines %s of %s" % (",".join(map(str, lines)), path))


def write(stack, name, options):
    """Writes the patch file as pq has the patch."""
    if "p" in options:
        args = [arg for arg in stack.args(name) if not re.fullmatch(r"-p.*", arg)]
        stack.set_args(name, (["-p0"] if options["p"] == "0" else []) + args)
    content, one = stack.read(name), stack.of(name)
    from_user(stack, name)
    diff = body(stack, name, options)
    if "-R" in stack.args(name):
        stack.set_args(name, [arg for arg in stack.args(name) if arg != "-R"])
    one["forced"] = False
    after = header_of(stack, name) + diff
    if not diff:
        print("Nothing in patch " + stack.shown(name))
    elif after == content:
        print("Patch %s is unchanged" % stack.shown(name))
    if content is not None or diff:
        if after != content:
            save(stack, name, after, options)
        if diff and after != content:
            print("Refreshed patch " + stack.shown(name))
    remember(stack, name)


def save(stack, name, content, options):
    try:
        stack.write(name, content, backup="backup" in options)
    except PermissionError:
        path = "%s/%s" % (stack.patches, name)
        raise Stop("mv: cannot move '%s' to '%s~': Permission denied" % (path, path)) from None


def refresh_as(stack, name, old, paths):
    stack.insert([name])
    stack.forget(stack.known("unapplied"))
    stack.of(name)["pq"] = make(stack, name)
    stack.into(name, paths)
    stack.write(name, body(stack, name, {}))
    remember(stack, name)
    print("Fork of patch %s created as %s" % (stack.shown(old), stack.shown(name)))


def diff(stack, options, names):
    name = of(stack, {"P": options["P"]} if "P" in options else {}, [])
    applied = stack.applied()
    first, base = name, stack.before(name)
    if "combine" in options:
        first = applied[0] if options["combine"] == "-" else find(stack, options["combine"], applied=True)
        base = stack.before(first)
        if applied.index(first) > applied.index(name):
            raise Stop("Patch %s not applied before patch %s" % (stack.shown(first), stack.shown(name)))
    if "z" in options:
        base = stack.commit(name)
    if "snapshot" in options:
        first, base = applied[0], stack.memory["snapshot"]
    run = applied[applied.index(first): applied.index(name) + 1]
    order = [path for one in run for path in [*from_pq(stack, one), *stack.files(one)]]
    if "snapshot" in options:
        order = sorted({*order, *stack.git("diff", "--name-only", "-z", base, "HEAD").decode().split("\0")[:-1]})
    order = sorted(set(order)) if "sort" in options else list(dict.fromkeys(order))
    asked = below(stack, names)
    later = {path for other in applied[applied.index(name) + 1:] for path in stack.files(other)}
    failed = show_diff(stack, options, name, base, [path for path in order if not asked or path in asked], later)
    if later & {path for one in run for path in stack.files(one)}:
        print("Warning: more recent patches modify files in patch " + stack.shown(name), file=sys.stderr)
    if failed:
        raise Stop("Diff failed on file '%s', aborting" % failed)


def show_diff(stack, options, name, base, paths, later):
    """Prints the diffs from a commit to the directory; the file at which that fails."""
    how = how_of(stack, options, name)
    for path in paths:
        old, new = stack.content(base, path), stack.here(path)
        if path in later:
            new = stack.content(stack.commit(name), path)
        if old == new:
            continue
        ends = (new, old) if "R" in options else (old, new)
        hunks = text.diff_hunks(*ends, how["options"])
        if hunks is None:
            print("Binary files %s and %s differ" % tuple(text.label(path, side, how["style"], how["root"]) for side in ("old", "new")))
            return path
        if not hunks:
            # An empty file comes or goes: quilt's form has nothing for it.
            continue
        sys.stdout.flush()
        sys.stdout.buffer.write(text.render(path, old, new, hunks, how))
        sys.stdout.flush()
    return None


def from_user(stack, name):
    """A header that was edited in the patch file becomes pq's message."""
    one, content = stack.of(name), stack.read(name)
    own = text.split(content or b"")[0].decode("utf-8", "surrogateescape")
    if content is not None and one["pq"] and own != one.get("header", ""):
        set_header(stack, name, own)


def set_header(stack, name, header):
    one = stack.of(name)
    message = header if header.strip() else one["pq"] + "\n"
    stack.must("header", one["pq"], "--replace", "-", input=message.encode("utf-8", "surrogateescape"))
    one["header"] = header


def header_of(stack, name):
    """What pq says of a patch, with the blank lines that the patch file had around it."""
    one = stack.of(name)
    known = one.get("header", "")
    if not known.strip() or not one["pq"]:
        return (known or "").encode("utf-8", "surrogateescape")
    message = stack.must("header", one["pq"])["message"]
    ends = known[len(known.rstrip("\n")):] or "\n"
    return (message.strip("\n") + ends).encode("utf-8", "surrogateescape")


def header(stack, options, names):
    stack.need_series()
    name = find(stack, names[0]) if names else need_top(stack)
    content = stack.read(name) or b""
    own, diff = text.split(content)
    if stack.of(name)["pq"]:
        from_user(stack, name)
        own = header_of(stack, name)
    if "r" not in options and "a" not in options:
        sys.stdout.buffer.write(re.split(rb"^---", own, flags=re.M)[0])
        return
    given = sys.stdin.buffer.read()
    given += b"" if given.endswith(b"\n") or not given else b"\n"
    own = own + given if "a" in options else given
    if stack.of(name)["pq"]:
        set_header(stack, name, own.decode("utf-8", "surrogateescape"))
        own = header_of(stack, name)
    save(stack, name, own + diff, options)
    print("%s patch %s" % ("Appended text to header of" if "a" in options else "Replaced header of", stack.shown(name)))
