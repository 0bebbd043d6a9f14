"""A directory under quilt, kept by pq: a hidden clone, in it a queue, and what quilt remembers that pq has no word for.

The hidden clone's worktree holds what is in patches; edits that are in none live in the directory itself, until a command takes them over.
Files that no applied patch touches are the base: where they changed, the queue is rebased onto a base that has them.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile

import text

PACKERS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}


class Stop(Exception):
    """The end of a command: what quilt says, and its exit code."""

    def __init__(self, message="", code=1):
        super().__init__(message)
        self.code = code


def packer(name):
    return PACKERS.get(os.path.splitext(name)[1])


class Stack:
    def __init__(self):
        self.cwd = os.getcwd()
        self.root = self.find_root()
        below = os.path.relpath(self.cwd, self.root)
        self.below = "" if below == "." else below + "/"
        self.up = "../" * self.below.count("/")
        self.pc = os.path.join(self.root, os.environ.get("QUILT_PC", ".pc"))
        self.patches = self.setting(".quilt_patches", "QUILT_PATCHES", "patches")
        self.series = self.path(self.setting(".quilt_series", "QUILT_SERIES", "series"))
        place = os.environ.get("PQ_QUILT_STATE") or os.path.join(tempfile.gettempdir(), "pq-quilt-%d" % os.getuid())
        self.home = os.path.join(place, hashlib.sha1(self.root.encode("utf-8", "surrogateescape")).hexdigest()[:16])
        self.tree, self.queue = os.path.join(self.home, "clone"), os.path.join(self.home, "queue")
        self.memory = {"patches": {}, "snapshot": None}
        if os.path.isdir(self.pc) and os.path.exists(self.home + "/memory.json"):
            with open(self.home + "/memory.json") as file:
                self.memory = json.load(file)

    # Places

    def find_root(self):
        marks = (os.environ.get("QUILT_PATCHES", "patches"), os.environ.get("QUILT_PC", ".pc"))
        at = self.cwd
        while at != "/":
            if any(os.path.isdir(os.path.join(at, mark)) for mark in marks):
                return at
            at = os.path.dirname(at)
        return self.cwd

    def setting(self, file, variable, default):
        try:
            with open(os.path.join(self.pc, file)) as found:
                return found.read().strip()
        except OSError:
            return os.environ.get(variable, default)

    def path(self, name):
        """Where a patch file is."""
        return os.path.join(self.root, self.patches, name)

    def shown(self, name):
        return "%s%s/%s" % (self.up, self.patches, name)

    def read(self, name):
        """The text of a patch file, unpacked; None if there is none."""
        if not os.path.exists(self.path(name)):
            return None
        with open(self.path(name), "rb") as file:
            content = file.read()
        return subprocess.run([packer(name), "-dc"], input=content, stdout=-1).stdout if packer(name) else content

    def write(self, name, content, backup=False):
        """Writes a patch file. It follows a link, unless what is there cannot be written to; and takes the place of a hard link."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if packer(name):
            content = subprocess.run([packer(name), "-c"], input=content, stdout=-1).stdout
        if backup and os.path.exists(path):
            shutil.copy2(path, path + "~")
        if os.path.islink(path) and os.access(path, os.W_OK):
            path = os.path.realpath(path)
        elif os.path.lexists(path):
            os.unlink(path)
        with open(path, "wb") as file:
            file.write(content)

    # The series file

    def lines(self):
        try:
            with open(self.series) as file:
                return file.read().splitlines()
        except OSError:
            return []

    def need_series(self):
        if not os.path.exists(self.series):
            raise Stop("No series file found")

    def save_lines(self, lines):
        os.makedirs(os.path.dirname(self.series), exist_ok=True)
        with open(self.series, "w") as file:
            file.write("".join(line + "\n" for line in lines))

    def listed(self):
        lines = [line.strip() for line in self.lines() if not line.startswith("#")]
        return [line.split()[0] for line in lines if line]

    def line_of(self, name):
        return next((at for at, line in enumerate(self.lines()) if line.split()[:1] == [name]), None)

    def args(self, name):
        at = self.line_of(name)
        return re.sub(r"(^|\s)#.*", "", self.lines()[at]).split()[1:] if at is not None else []

    def set_args(self, name, args):
        at, lines = self.line_of(name), self.lines()
        comment = re.search(r"\s#.*", lines[at])
        lines[at] = " ".join([name, *args]) + (comment[0] if comment else "")
        self.save_lines(lines)

    def level(self, name):
        found = [int(arg[2:]) for arg in self.args(name) if re.fullmatch(r"-p\d+", arg)]
        return found[0] if found else 1

    def insert(self, names):
        """New lines behind the top."""
        lines, top = self.lines(), self.top()
        at = self.line_of(top) + 1 if top and self.line_of(top) is not None else 0
        if not top:
            at = next((n for n, line in enumerate(lines) if line and not line.startswith("#")), len(lines))
        self.save_lines(lines[:at] + names + lines[at:])

    # pq and git

    def run(self, *command, env=None, **how):
        clean = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": self.home, "LC_ALL": "C"}
        clean.update({"GIT_%s_%s" % (who, what): "quilt" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")})
        how = {**how} if "input" in how else {**how, "stdin": subprocess.DEVNULL}
        return subprocess.run(command, env={**os.environ, **clean, **(env or {})}, capture_output=True, **how)

    def git(self, *args, **how):
        done = self.run("git", "-C", self.tree, "-c", "core.quotePath=false", *args, **how)
        if done.returncode:
            raise Stop("git %s: %s" % (" ".join(args), done.stderr.decode()))
        return done.stdout

    def pq(self, *args, **how):
        """What pq reports, or None and why it refused."""
        program = os.environ.get("PQ", "pq")
        done = self.run(program, "-C", self.tree, "--queue", self.queue, "--format", "json", *args, **how)
        if os.environ.get("PQ_QUILT_TRACE"):
            with open(os.environ["PQ_QUILT_TRACE"], "ab") as log:
                log.write(b"%s -> %d %s\n" % (repr(args).encode(), done.returncode, done.stderr))
        if done.returncode not in (0, 1, 2, 3):
            raise Stop("pq %s: %s" % (" ".join(args), done.stderr.decode()), 70)
        return (json.loads(done.stdout), "") if done.returncode == 0 else (None, done.stderr.decode("utf-8", "replace"))

    def must(self, *args, **how):
        report, why = self.pq(*args, **how)
        if report is None:
            raise Stop("pq %s: %s" % (" ".join(args), why), 3)
        return report

    def create(self):
        """Makes the clone and the queue, once."""
        if os.path.isdir(self.pc) and os.path.isdir(self.tree):
            return
        shutil.rmtree(self.home, ignore_errors=True)
        os.makedirs(self.tree)
        self.git("init", "-q", "-b", "base")
        self.git("commit", "-q", "--allow-empty", "-m", "base")
        self.must("init", self.queue, "--upstream", self.tree, "--base", "base")
        self.git("checkout", "-q", "--detach")
        os.makedirs(self.pc, exist_ok=True)
        for name, content in ((".version", "2"), (".quilt_patches", self.patches), (".quilt_series", os.path.basename(self.series))):
            with open(os.path.join(self.pc, name), "w") as file:
                file.write(content + "\n")
        self.save()

    def save(self):
        if os.path.isdir(self.home):
            with open(self.home + "/memory.json", "w") as file:
                json.dump(self.memory, file)

    # What is where

    def of(self, name):
        return self.memory["patches"].setdefault(name, {"pq": None, "added": [], "text": None, "stale": False, "forced": False})

    def position(self):
        if not self.memory["patches"] or not os.path.isdir(self.tree):
            return {"applied": [], "unapplied": []}
        # `pq applied` refuses where nothing is, as quilt does; `pq unapplied` where everything is. In an empty queue both do.
        report = self.pq("applied")[0] or self.pq("unapplied")[0]
        return report or {"applied": [], "unapplied": []}

    def known(self, which):
        back = {one["pq"]: name for name, one in self.memory["patches"].items() if one["pq"]}
        return [back[name] for name in self.position()[which] if name in back]

    def applied(self):
        return self.known("applied")

    def top(self):
        return (self.applied() or [None])[-1]

    def unapplied(self):
        applied = self.applied()
        listed = self.listed()
        return listed[len(applied):]

    def commit(self, name):
        """The commit of an applied patch; of None, the base's."""
        applied = self.applied()
        return "HEAD~%d" % (len(applied) - (applied.index(name) + 1 if name else 0))

    def before(self, name):
        applied = self.applied()
        at = applied.index(name)
        return self.commit(applied[at - 1] if at else None)

    def content(self, commit, path):
        done = self.run("git", "-C", self.tree, "cat-file", "blob", "%s:%s" % (commit, path))
        return done.stdout if done.returncode == 0 else None

    def here(self, path):
        """What the directory has there."""
        try:
            with open(os.path.join(self.root, path), "rb") as file:
                return file.read()
        except IsADirectoryError:
            return None
        except FileNotFoundError:
            return None

    def files(self, name):
        """The files of a patch: those that pq knows, and those that were added and are as they were."""
        one = self.of(name)
        files = self.must("files", one["pq"])["files"] if one["pq"] else []
        if not one["pq"]:
            return sorted(text.names(self.read(name) or b"", self.level(name)))
        return sorted({*files, *one["added"]})

    def owners(self):
        """The applied patches of each file, in order."""
        owners = {}
        for name in self.applied():
            for path in self.files(name):
                owners.setdefault(path, []).append(name)
        return owners

    def pending(self, name, paths=None):
        """The files of a patch that are not in the directory what the top of the queue has."""
        return [path for path in (self.files(name) if paths is None else paths) if self.here(path) != self.content("HEAD", path)]

    # Files between the directory and the clone

    def put(self, paths):
        """The directory's files into the clone's worktree, for pq to take them over."""
        for path in paths:
            there, content = os.path.join(self.tree, path), self.here(path)
            if os.path.lexists(there):
                os.unlink(there)
            if content is not None:
                os.makedirs(os.path.dirname(there), exist_ok=True)
                with open(there, "wb") as file:
                    file.write(content)
                if self.run("git", "-C", self.tree, "ls-files", "-s", "--", path).stdout.startswith(b"100755"):
                    os.chmod(there, 0o755)
        if paths:
            self.git("update-index", "--add", "--remove", "--", *paths)

    def reset(self):
        self.git("reset", "-q", "--hard")

    def take(self, commit, paths):
        """Files of a commit into the directory."""
        for path in paths:
            content, there = self.content(commit, path), os.path.join(self.root, path)
            mode = os.lstat(there).st_mode & 0o777 if os.path.lexists(there) else None
            if content == self.here(path):
                continue
            if os.path.lexists(there):
                os.unlink(there)
            if content is None:
                self.prune(os.path.dirname(there))
                continue
            os.makedirs(os.path.dirname(there), exist_ok=True)
            with open(there, "wb") as file:
                file.write(content)
            if mode is not None:
                os.chmod(there, mode)
            elif self.git("ls-tree", commit, "--", path).startswith(b"100755"):
                os.chmod(there, 0o755)

    def prune(self, directory):
        while directory != self.root and not os.listdir(directory):
            os.rmdir(directory)
            directory = os.path.dirname(directory)

    def drift(self):
        """Makes what no applied patch touches the base, as it is now."""
        index = os.path.join(self.home, "index")
        if os.path.exists(index):
            os.unlink(index)
        env = {"GIT_INDEX_FILE": index, "GIT_WORK_TREE": self.root, "GIT_DIR": os.path.join(self.tree, ".git")}
        base = self.git("rev-parse", self.commit(None)).decode().strip()
        self.git("read-tree", base, env=env)
        left = [self.patches, os.path.relpath(self.pc, self.root), *self.owners()]
        left = [":(exclude,literal)" + path for path in left]
        self.run("git", "add", "-A", "-f", "--ignore-errors", "--", ".", *left, env=env, cwd=self.root)
        tree = self.git("write-tree", env=env).decode().strip()
        if tree == self.git("rev-parse", base + "^{tree}").decode().strip():
            return
        top = self.top()
        self.forget(self.known("unapplied"))
        commit = self.git("commit-tree", "-p", base, "-m", "base", tree).decode().strip()
        self.git("update-ref", "refs/heads/base", commit)
        self.must("rebase", commit)
        self.pq("goto", self.of(top)["pq"]) if top else self.pq("pop", "--all")

    def forget(self, names):
        """Takes unapplied patches out of the queue; their text is imported again when they are pushed."""
        names = [name for name in names if self.of(name)["pq"]]
        if names:
            self.must("drop", *[self.of(name)["pq"] for name in names])
            for name in names:
                self.of(name).update(pq=None, added=[], stale=False, forced=False)

    def absorb(self, paths):
        """Edits of an applied patch that another one is about to cover: pq takes them over, the patch file comes with `quilt refresh`."""
        owners = self.owners()
        for path in paths:
            if path in owners and self.pending(owners[path][-1], [path]):
                self.into(owners[path][-1], [path])
                self.of(owners[path][-1])["stale"] = True

    def into(self, name, paths):
        """The directory's edits in some files become part of a patch."""
        self.put(paths)
        dirty = [path for path in paths if self.here(path) != self.content("HEAD", path)]
        if dirty:
            report, why = self.pq("refresh", self.of(name)["pq"], "--", *dirty)
            if report is None:
                self.reset()
                raise Stop("pq refresh: " + why, 1)
