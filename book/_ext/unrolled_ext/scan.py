"""Find the equations' labels in the companion's comments and docstrings and on the tests, by reading."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

EQ = re.compile(r"\{eq\}`([^`]*)`")
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
}


@dataclass(frozen=True, order=True)
class Place:
    """A label in a file: in a comment (``computes``), a docstring (``cites``) or on a test (``proves``)."""

    label: str
    path: str  # from the repository's root, with forward slashes
    line: int
    kind: str
    test: str = ""  # the test's name, its class before it: TestLayer::test_gradient

    @property
    def where(self) -> str:
        """The spelling of a location in a warning."""
        return f"{self.path}:{self.line}"


def python_files(root: Path, folder: str) -> Iterator[tuple[str, str]]:
    """Yield path from the root and text of each module under ``folder``, in a fixed order."""
    for file in sorted((root / folder).rglob("*.py")):
        yield file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")


def in_code(path: str, text: str) -> Iterator[Place]:
    """Yield the labels in one module's comments and strings.

    A comment beside code means that line. A comment on a line of its own means the code that follows.
    """
    waiting: list[str] = []
    code_lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            labels = EQ.findall(token.string)
            if line in code_lines:
                yield from (Place(label, path, line, "computes") for label in labels)
            else:
                waiting += labels
        elif token.type not in NO_CODE:
            code_lines.update(range(line, token.end[0] + 1))
            yield from (Place(label, path, line, "computes") for label in waiting)
            waiting.clear()
        if token.type == tokenize.STRING:
            for row, part in enumerate(token.string.split("\n")):
                yield from (Place(label, path, line + row, "cites") for label in EQ.findall(part))


def in_tests(path: str, text: str) -> Iterator[Place]:
    """Yield the labels of ``@pytest.mark.equation("...")`` on functions, classes and ``pytest.param``.

    A marker whose label is no plain string cannot be found by reading; it yields the label ``""``.
    """

    def markers(decorators: list[ast.expr]) -> list[str]:
        calls = [node for expr in decorators for node in ast.walk(expr) if isinstance(node, ast.Call)]
        labels: list[ast.expr | None] = []
        for call in calls:
            if ast.unparse(call.func).endswith("mark.equation"):
                labels += call.args or [None]
        return [str(label.value) if isinstance(label, ast.Constant) else "" for label in labels]

    def visit(body: list[ast.stmt], prefix: str, inherited: list[str]) -> Iterator[Place]:
        for node in body:
            if isinstance(node, ast.ClassDef):
                own = markers(node.decorator_list)
                yield from visit(node.body, f"{prefix}{node.name}::", inherited + own)
            elif isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                for label in dict.fromkeys(inherited + markers(node.decorator_list)):
                    yield Place(label, path, node.lineno, "proves", prefix + node.name)

    yield from visit(ast.parse(text).body, "", [])


def computing(root: Path) -> list[Place]:
    """All labels that the companion's code names, in comments and in docstrings."""
    return [place for path, text in python_files(root, "companion") for place in in_code(path, text)]


def proofs(root: Path) -> list[Place]:
    """All labels that tests are marked with."""
    return [place for path, text in python_files(root, "tests") for place in in_tests(path, text)]
