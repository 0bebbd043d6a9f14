"""What is only looked at: the series, files, who wrote a line."""

import os
import re
import subprocess
import sys

from names import below, find, need_top, of
from stack import Stop


def marked(stack, name, verbose):
    applied = stack.applied()
    mark = "" if not verbose else "= " if name == (applied or [None])[-1] else "+ " if name in applied else "  "
    print(mark + stack.shown(name))


def check(stack):
    applied = stack.applied()
    if stack.listed()[: len(applied)] != applied:
        raise Stop("The series file no longer matches the applied patches. Please run 'quilt pop -a'.")


def series(stack, options, names):
    stack.need_series()
    for name in stack.applied() + stack.unapplied():
        marked(stack, name, "v" in options)


def applied(stack, options, names):
    stack.need_series()
    last = find(stack, names[0], applied=True) if names else need_top(stack)
    for name in stack.applied()[: stack.applied().index(last) + 1]:
        print(stack.shown(name))


def unapplied(stack, options, names):
    stack.need_series()
    rest = stack.applied() + stack.unapplied()
    rest = rest[rest.index(find(stack, names[0])) + 1:] if names else stack.unapplied()
    for name in rest:
        print(stack.shown(name))
    if not rest and not names:
        raise Stop("File series fully applied, ends at patch " + stack.shown(stack.top()))


def top(stack, options, names):
    stack.need_series()
    if not stack.top():
        raise Stop("No patches applied", 2)
    print(stack.shown(stack.top()))


def next_(stack, options, names):
    stack.need_series()
    order = stack.applied() + stack.unapplied()
    rest = order[order.index(find(stack, names[0])) + 1:] if names else stack.unapplied()
    if not rest:
        raise Stop("File series fully applied, ends at patch " + stack.shown(stack.top()), 2)
    print(stack.shown(rest[0]))


def previous(stack, options, names):
    stack.need_series()
    order = stack.applied() + stack.unapplied()
    at = order.index(find(stack, names[0]) if names else need_top(stack))
    if at:
        print(stack.shown(order[at - 1]))


def files(stack, options, names):
    stack.need_series()
    name = find(stack, names[0]) if names else need_top(stack)
    run = stack.applied() if "a" in options else [name]
    if "combine" in options:
        run = stack.applied()
        run = run[run.index(find(stack, options["combine"])) if options["combine"] != "-" else 0: run.index(name) + 1]
    for path in sorted({path for one in run for path in stack.files(one)}):
        mark = ""
        if "v" in options:
            old = stack.content(stack.before(name), path)
            mark = "+ " if old is None else "- " if stack.here(path) is None else "  "
        print(mark + path)


def patches(stack, options, names):
    stack.need_series()
    wanted = set(below(stack, names))
    for name in stack.applied() + stack.unapplied():
        if wanted & set(stack.files(name)):
            marked(stack, name, "v" in options)


def annotate(stack, options, names):
    name = of(stack, options, [])
    path = below(stack, names)[0]
    applied = stack.applied()[: stack.applied().index(name) + 1]
    touching = [one for one in applied if path in stack.files(one)]
    commits = {stack.git("rev-parse", stack.commit(one)).decode().strip(): at for at, one in enumerate(touching, 1)}
    if stack.content(stack.commit(name), path) is not None:
        blame = stack.git("blame", "--porcelain", stack.commit(name), "--", path).decode("utf-8", "replace")
        commit = ""
        for line in blame.splitlines():
            commit = line.split()[0] if re.match(r"[0-9a-f]{40} ", line) else commit
            if line.startswith("\t"):
                print("%s\t%s" % (commits.get(commit, ""), line[1:]))
    print()
    for at, one in enumerate(touching, 1):
        print("%d\t%s" % (at, stack.shown(one)))


def snapshot(stack, options, names):
    stack.need_series()
    stack.memory["snapshot"] = stack.git("rev-parse", "HEAD").decode().strip()


def grep(stack, options, names):
    found = [os.path.relpath(os.path.join(at, file), stack.root) for at, _, inside in os.walk(stack.root) for file in inside]
    skipped = (stack.patches + "/", os.path.relpath(stack.pc, stack.root) + "/")
    paths = sorted(path for path in found if not path.startswith(skipped))
    sys.stdout.flush()
    sys.exit(subprocess.run(["grep", "-H", *names, *paths], cwd=stack.root).returncode)


def graph(stack, options, names):
    need_top(stack)
    print(stack.run(os.environ.get("PQ", "pq"), "--queue", stack.queue, "--format", "dot", "graph").stdout.decode())
