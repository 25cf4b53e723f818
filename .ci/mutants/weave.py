"""Writes every mutant that cargo-mutants names into one source, each behind a switch, so that one build holds them all."""

import re
from collections import defaultdict
from pathlib import Path

import tree_sitter_rust
from tree_sitter import Language, Parser

PARSER = Parser(Language(tree_sitter_rust.language()))

# What tells whether a mutant is switched on: by its number in COPYSNAP_MUTANT, of which there is none unless one is asked for.
SWITCH = """
/// Tells which mutant is switched on.
#[allow(missing_docs)]
pub mod mutant {
    use std::sync::LazyLock;
    static ON: LazyLock<u32> = LazyLock::new(|| {
        std::env::var("COPYSNAP_MUTANT").ok().and_then(|number| number.parse().ok()).unwrap_or(0)
    });
    #[inline]
    pub fn on(number: u32) -> bool {
        *ON == number
    }
}
"""


class Source:
    """A file, and the mutants that are woven into it."""

    def __init__(self, path):
        self.path = Path(path)
        self.text = self.path.read_bytes()
        self.lines = [0]
        for line in self.text.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.root = PARSER.parse(self.text).root_node

    def offset(self, place):
        """The offset in bytes of a line and a column, which count characters from 1."""
        start, end = self.lines[place["line"] - 1 : place["line"] + 1]
        return start + len(self.text[start:end].decode()[: place["column"] - 1].encode())

    def node(self, mutant):
        """What a mutant changes: the node whose place is told, or the expression whose operator that is; none where it can't
        stand behind a switch."""
        start, end = (self.offset(mutant["span"][edge]) for edge in ("start", "end"))
        node = self.root.descendant_for_byte_range(start, end)
        match mutant["genre"]:
            case "BinaryOperator":
                node = node.parent
                return node if node.type in ("binary_expression", "compound_assignment_expr") else None
            case "UnaryOperator":
                return up(node, "unary_expression")
            case "MatchArmGuard":
                node = up(node, "match_pattern")
                guard = node and node.child_by_field_name("condition")
                return guard if guard and not has(guard, "let_condition") else None
            case "MatchArm":
                node = up(node, "match_arm")
                # Without an arm for all else, no other can be left out.
                patterns = [arm.child_by_field_name("pattern") for arm in node.parent.children if arm.type == "match_arm"]
                return node if any(self.raw(pattern) == "_" for pattern in patterns) else None
            case "FnValue":
                while node and not (node.type == "block" and node.parent.type == "function_item"):
                    node = node.parent
                return node
            case "StructField":
                # Its place takes in the comma.
                node = self.root.descendant_for_byte_range(start, start)
                return up(node, "field_initializer", "shorthand_field_initializer")
        return None

    def raw(self, node):
        return self.text[node.start_byte : node.end_byte].decode()

    def changed(self, node, mutant):
        """The expression that a mutant puts in the place of another."""
        replacement = mutant["replacement"]
        match mutant["genre"]:
            case "BinaryOperator":
                sides = (self.raw(node.child_by_field_name(side)) for side in ("left", "right"))
                return f" {replacement} ".join(sides)
            case "UnaryOperator":
                return self.raw(node.children[1])
            case "MatchArmGuard":
                return replacement
            case "StructField":
                base = next(other for other in node.parent.children if other.type == "base_field_initializer")
                name = node.child_by_field_name("field") or node.children[-1]
                return f"({self.raw(base.children[1])}).{self.raw(name)}"
        raise ValueError(mutant["genre"])

    def woven(self, mutants):
        """The text with those mutants in it, where each has come to stand, and those for which there is no place."""
        at, without, inserted = defaultdict(list), [], defaultdict(list)
        for number, mutant in mutants.items():
            node = self.node(mutant)
            if node is None or up(node, "const_item"):
                without.append(number)
            else:
                at[node.start_byte, node.end_byte, node.type].append((number, mutant, node))
        cut = set()
        for (start, end, _), here in at.items():
            size = end - start
            genre, node = here[0][1]["genre"], here[0][2]
            plain = up(node, "function_item")
            for word in plain.children if plain else ():
                if word.type == "function_modifiers" and word.text == b"const":
                    cut.add((word.start_byte, word.end_byte))
            if genre == "FnValue":
                for number, mutant, _ in here:
                    value = mutant["replacement"]
                    if "-> impl Iterator" in mutant["function"]["return_type"]:
                        # Another iterator is of another type.
                        if value == "::std::iter::empty()":
                            switch = f"(if crate::mutant::on({number}) {{ 0 }} else {{ usize::MAX }})"
                            inserted[start + 1].append((1, 0, " ({", number))
                            inserted[end - 1].append((1, 0, f"}}).take{switch} ", number))
                        else:
                            without.append(number)
                        continue
                    text = f" if crate::mutant::on({number}) {{ return {value}; }}"
                    inserted[start + 1].append((1, 0, text, number))
                continue
            if genre == "MatchArm":
                number = here[0][0]
                pattern = node.child_by_field_name("pattern")
                guard = pattern.child_by_field_name("condition")
                switch = f"!crate::mutant::on({number})"
                if guard is None:
                    inserted[pattern.end_byte].append((0, 0, f" if {switch}", number))
                elif has(guard, "let_condition"):
                    inserted[guard.start_byte].append((1, -(10**9), f"{switch} && ", number))
                else:
                    inserted[guard.start_byte].append((1, -(10**9), f"({switch}) && (", number))
                    inserted[guard.end_byte].append((0, 10**9, ")", number))
                continue
            close = ")"
            if genre == "StructField":
                value = node.child_by_field_name("value")
                if value is None:
                    number, mutant, _ = here[0]
                    other = self.changed(node, mutant)
                    text = f": (if crate::mutant::on({number}) {{ {other} }} else {{ {self.raw(node)} }})"
                    inserted[end].append((0, -1, text, number))
                    continue
                start, head = value.start_byte, "("
            elif node.type == "compound_assignment_expr":
                head, close = "{", "}"
            else:
                head = "("
            inserted[start].append((1, -size, head, None))
            for number, mutant, _ in here:
                text = f"if crate::mutant::on({number}) {{ {self.changed(node, mutant)} }} else "
                inserted[start].append((1, -size, text, number))
            inserted[start].append((1, -size, "{ ", None))
            inserted[end].append((0, size, f" }}{close}", None))
        pieces, places, done, length = [], {}, 0, 0

        def put(text):
            nonlocal length
            pieces.append(text)
            length += len(text)

        # What ends at a place comes before what begins there; what is inside ends first and begins last.
        for place in sorted(set(inserted) | {edge for edge, _ in cut}):
            if place >= done:
                put(self.text[done:place])
                done = place
            for _, _, text, number in sorted(inserted.get(place, []), key=lambda piece: piece[:2]):
                if number is not None:
                    places.setdefault(number, []).append((length, length + len(text.encode())))
                put(text.encode())
            for start, end in cut:
                if start == place:
                    done = end
        put(self.text[done:])
        return b"".join(pieces), places, without


def has(node, kind):
    """Whether a node of this kind is in it."""
    return node.type == kind or any(has(child, kind) for child in node.children)


def up(node, *kinds):
    """The innermost node of these kinds that it is or is in, if there is any."""
    while node and node.type not in kinds:
        node = node.parent
    return node
