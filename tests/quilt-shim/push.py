"""push and pop: patches go into pq's queue when they are pushed, and stay there when they are popped."""

import hashlib
import os
import re
import tempfile

import text
from names import find
from stack import Stop


def digest(content):
    return hashlib.sha1(content).hexdigest()


def remember(stack, name, header=None):
    """The patch file says now what pq has."""
    content = stack.read(name) or b""
    own, diff = text.split(content)
    stack.of(name).update(text=digest(diff), header=own.decode("utf-8", "surrogateescape"), args=stack.args(name), stale=False)


def imported(stack, name, content, fuzz, dry=False, args=None):
    """`pq import quilt` of one patch behind the top: the report, or why not."""
    with tempfile.TemporaryDirectory() as directory:
        stem = re.sub(r"\.(gz|bz2|xz)$", "", name)
        os.makedirs(os.path.dirname(os.path.join(directory, stem)), exist_ok=True)
        with open(os.path.join(directory, stem), "wb") as file:
            file.write(content)
        with open(os.path.join(directory, "series"), "w") as file:
            file.write(" ".join([stem, *(stack.args(name) if args is None else args)]) + "\n")
        first, top = stack.position()["unapplied"][:1], stack.top()
        place = ["--after", stack.of(top)["pq"]] if top else ["--before", first[0]] if first else []
        return stack.pq("import", "quilt", directory, "--fuzz", str(fuzz), *place, *(["--dry-run"] if dry else []))


def sift(stack, name, content, fuzz):
    """What of a patch applies: the text of that, and for each file its hunks and those of them that fail."""
    kept, told = b"", []
    for section in text.sections(text.split(content)[1], stack.level(name)):
        hunks, failed = list(enumerate(section["hunks"], 1)), []
        while hunks:
            report, why = imported(stack, name, section["head"] + b"".join(hunk for _, hunk in hunks), fuzz, dry=True)
            if report is not None:
                kept += section["head"] + b"".join(hunk for _, hunk in hunks)
                break
            bad = re.search(r"hunk (\d+) does not apply", why)
            failed += [hunks.pop(int(bad[1]) - 1)] if bad else hunks
            hunks = hunks if bad else []
        gone = "none of the files" in why if section["hunks"] and failed else False
        told.append((section, sorted(failed), gone))
    return kept, told


def show_failures(told, quiet, force):
    for section, failed, gone in told:
        if not quiet and not gone:
            print("patching file " + section["name"])
        count = len(section["hunks"])
        if gone:
            lines = section["head"].decode("utf-8", "replace").splitlines()
            print("\n".join(["The text leading up to this was:", "-" * 26, *["|" + line for line in lines], "-" * 26]))
            print("No file to patch.  Skipping patch.\n%d out of %d hunk%s ignored" % (count, count, "s" * (count > 1)))
        elif failed:
            for number, hunk in failed if not quiet else []:
                print("Hunk #%d FAILED at %d." % (number, int(text.HUNK.match(hunk)[2])))
            where = " -- saving rejects to file %s.rej" if force else "" if quiet else " -- rejects in file %s"
            where = where % section["name"] if where else ""
            print("%d out of %d hunk%s FAILED%s" % (len(failed), count, "s" * (count > 1), where))


def show_placement(stack, name, report, content):
    for path in text.names(content, stack.level(name)):
        print("patching file " + path)
        for moved in report["patches"][0]["moved"] if report else []:
            if moved["path"] == path and (moved["fuzz"] or moved["at"] != moved["stated"]):
                number = sum(1 for line in content.split(b"\n")[: moved["hunk"]] if line.startswith(b"@@"))
                fuzz = " with fuzz %d" % moved["fuzz"] if moved["fuzz"] else ""
                off = moved["at"] - moved["stated"]
                offset = " (offset %d line%s)" % (off, "s" * (abs(off) != 1)) if off else ""
                print("Hunk #%d succeeded at %d%s%s." % (number, moved["at"], fuzz, offset))


def apply_next(stack, name, quiet, force, fuzz):
    """Pushes one patch; whether it went in whole."""
    print("Applying patch " + stack.shown(name))
    content, one = stack.read(name), stack.of(name)
    stack.absorb(text.names(content or b"", stack.level(name)))
    stack.drift()
    same = one["pq"] and one["text"] == digest(text.split(content or b"")[1]) and one.get("args") == stack.args(name)
    report, told, whole = None, [], True
    if not same or stack.position()["unapplied"][:1] != [one["pq"]]:
        stack.forget(stack.known("unapplied"))
        if content:
            report, why = imported(stack, name, content, fuzz)
            if report is None:
                kept, told = sift(stack, name, content, fuzz)
                show_failures(told, quiet, force)
                if not force:
                    args = stack.args(name)
                    turned = [arg for arg in args if arg != "-R"] + ([] if "-R" in args else ["-R"])
                    can = imported(stack, name, content, fuzz, dry=True, args=turned)[0] is not None
                    verdict = "can be reverse-applied" if can else "does not apply (enforce with -f)"
                    print("Patch %s %s" % (stack.shown(name), verdict))
                    return False
                whole = False
                content = kept
                report = imported(stack, name, kept, fuzz)[0] if kept else None
        if report:
            one["pq"] = report["patches"][0]["name"]
        else:
            one["pq"] = make(stack, name)
    if stack.top() != name:
        stack.must("push")
    one["added"] = [section["name"] for section, _, _ in told]
    one["forced"] = not whole
    stack.take("HEAD", stack.files(name))
    if whole:
        remember(stack, name)
        if not quiet and content:
            show_placement(stack, name, report, content)
    if stack.read(name) is None:
        print("Patch %s does not exist; applied empty patch" % stack.shown(name))
    elif not stack.files(name):
        print("Patch %s appears to be empty; applied" % stack.shown(name))
    elif not whole:
        reject(stack, told)
        print("Applied patch %s (forced; needs refresh)" % stack.shown(name))
    return whole


def make(stack, name):
    """`pq new`, under the name or what pq takes for one."""
    stem = re.sub(r"\.patch$", "", name)
    taken = {other["pq"] for other in stack.memory["patches"].values()}
    for candidate in (stem, "patch-" + re.sub(r"[^\w]+", "-", name), "patch-" + digest(name.encode())[:8]):
        if candidate not in taken:
            report, _ = stack.pq("new", candidate)
            if report:
                return report["patches"][0]
    raise Stop("pq cannot name a patch " + name)


def reject(stack, told):
    for section, failed, _ in told:
        if failed:
            with open(os.path.join(stack.root, section["name"] + ".rej"), "wb") as file:
                file.write(section["head"] + b"".join(hunk for _, hunk in failed))


def push(stack, options, names, refresh):
    if "f" in options and "refresh" in options:
        raise Stop("Options -f and --refresh are mutually exclusive")
    stack.need_series()
    stack.create()
    applied, rest, quiet = stack.applied(), stack.unapplied(), "q" in options
    if applied and stack.of(applied[-1])["forced"]:
        raise Stop("The topmost patch %s needs to be refreshed first." % stack.shown(applied[-1]))
    count = len(rest) if "a" in options else 1
    if names and names[0].isdigit():
        count = int(names[0])
    elif names:
        count = rest.index(find(stack, names[0], applied=False)) + 1
    if not rest and applied:
        raise Stop("File series fully applied, ends at patch " + stack.shown(applied[-1]), 2)
    if not rest[:count]:
        raise Stop("No patch applied" if applied or rest else "No patches in series", 2)
    for at, name in enumerate(rest[:count]):
        if name in applied or name in rest[:at]:
            raise Stop("Patch %s is already applied; check your series file" % stack.shown(name))
    for name in rest[:count]:
        if not apply_next(stack, name, quiet, "f" in options, options.get("fuzz", 2)):
            raise Stop()
        if "refresh" in options:
            refresh(stack, {}, [])
        if not quiet:
            print()
        stack.save()
    print("Now at patch " + stack.shown(stack.top()))


def check_removable(stack, name):
    """Whether nothing would be lost: pq is asked to pop with the directory's files in its worktree."""
    one, content = stack.of(name), stack.read(name)
    changed = content is not None and one["text"] is not None and one["text"] != digest(text.split(content)[1])
    stack.put(stack.files(name))
    moved, _ = stack.pq("pop")
    if moved:
        stack.must("goto", one["pq"])
    stack.reset()
    if not moved or changed or one["stale"]:
        print("Patch %s does not remove cleanly (refresh it or enforce with -f)" % stack.shown(name))
        raise Stop("Hint: `quilt diff -z' will show the pending changes.")


def remove_top(stack, quiet, force):
    name = stack.top()
    one, files = stack.of(name), stack.files(name)
    if not force:
        check_removable(stack, name)
    print(("Removing patch %s" if files else "Patch %s appears to be empty, removing") % stack.shown(name))
    stack.must("pop")
    for path in files:
        if not quiet:
            print(("Removing " if stack.content("HEAD", path) is None else "Restoring ") + path)
    stack.take("HEAD", files)
    if one["stale"] or one["forced"] or one["text"] is None:
        one["text"] = None
    one["forced"] = False


def pop(stack, options, names, refresh):
    if "f" in options and "refresh" in options:
        raise Stop("Options -f and --refresh are mutually exclusive")
    stack.need_series()
    applied, quiet, force = stack.applied(), "q" in options, "f" in options
    count = len(applied) if "a" in options else 1
    if names and names[0].isdigit():
        count = int(names[0])
    elif names:
        name = find(stack, names[0], applied=True)
        count = len(applied) - applied.index(name) - 1
    if applied and stack.of(applied[-1])["forced"] and not force:
        raise Stop("Patch %s needs to be refreshed first." % stack.shown(applied[-1]))
    if not applied[len(applied) - min(count, len(applied)):]:
        raise Stop("No patch removed", 2)
    for _ in range(min(count, len(applied))):
        if "refresh" in options:
            refresh(stack, {}, [])
        remove_top(stack, quiet, force)
        if not quiet:
            print()
        stack.save()
    print("Now at patch " + stack.shown(stack.top()) if stack.top() else "No patches applied")
