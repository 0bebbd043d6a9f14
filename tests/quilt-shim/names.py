"""Which patch and which file a command means."""

import os
import re

from stack import Stop


def find(stack, name, applied=None):
    """A patch by its name, with or without the directory and the suffix; in the series, applied or not if that is asked."""
    plain = name
    for prefix in (stack.up + stack.patches + "/", stack.patches + "/"):
        plain = plain[len(prefix):] if plain.startswith(prefix) else plain
    listed = list(dict.fromkeys(stack.applied() + stack.listed()))
    found = [one for one in listed if one == plain] or [one for one in listed if re.sub(r"(\.(patch|diff?))?(\.(gz|bz2|xz))?$", "", one) == plain]
    if not found:
        raise Stop("Patch %s is not in series" % name)
    if applied is not None and (found[0] in stack.applied()) != applied:
        raise Stop("Patch %s is %s applied" % (stack.shown(found[0]), "not" if applied else "currently"))
    return found[0]


def need_top(stack):
    stack.need_series()
    top = stack.top()
    if not top:
        raise Stop("No patches applied")
    return top


def of(stack, options, names):
    """The patch that is meant: one that is applied, the top without any."""
    stack.need_series()
    name = options.get("P") or (names[0] if names else None)
    return find(stack, name, applied=True) if name else need_top(stack)


def below(stack, names):
    return [os.path.normpath(stack.below + name) for name in names]
