"""Field masks of update requests: `a,b.c,d(e,f)` and `*`."""

from __future__ import annotations

from typing import Any

from .errors import invalid

Tree = dict[str, "Tree"]
EVERYTHING: Tree = {"*": {}}


def parse_mask(text: str | None) -> Tree:
    """The mask as a tree; an empty mask is refused, as the API does."""
    if not text or not text.strip():
        raise invalid("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    tree, rest = _fields(text.replace(" ", ""))
    if rest:
        raise invalid(f"Invalid field mask: {text}")
    return tree


def _fields(text: str) -> tuple[Tree, str]:
    tree: Tree = {}
    while True:
        text = _one_field(tree, text)
        if not text.startswith(","):
            return tree, text
        text = text[1:]


def _one_field(tree: Tree, text: str) -> str:
    end = next((i for i, letter in enumerate(text) if letter in ",.()/"), len(text))
    name, text = text[:end], text[end:]
    branch = tree.setdefault(_camel(name), {})
    if text[:1] in (".", "/"):
        return _one_field(branch, text[1:])
    if text.startswith("("):
        inner, text = _fields(text[1:])
        _merge(branch, inner)
        return text.removeprefix(")")
    return text


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in tail)


def _merge(into: Tree, more: Tree) -> None:
    for name, branch in more.items():
        _merge(into.setdefault(name, {}), branch)


def names_everything(tree: Tree) -> bool:
    """Whether the mask is `*` at this level."""
    return not tree or "*" in tree


def masked_merge(old: Any, new: Any, tree: Tree) -> Any:
    """`old` with the masked fields taken from `new`; a masked field that `new` lacks is removed."""
    if names_everything(tree):
        return new
    result = dict(old) if isinstance(old, dict) else {}
    given = new if isinstance(new, dict) else {}
    for name, branch in tree.items():
        merged = masked_merge(result.get(name), given.get(name), branch)
        if merged is None or (merged == {} and name not in given):
            result.pop(name, None)
        else:
            result[name] = merged
    return result


def touches(tree: Tree, name: str) -> bool:
    """Whether the mask names a field (or everything)."""
    return "*" in tree or name in tree


def branch_of(tree: Tree, name: str) -> Tree:
    """The mask below a field; an empty one means all of it."""
    return {} if "*" in tree else tree[name]
