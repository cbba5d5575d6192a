"""What a check has to say about a place in the book."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    where: str  # a path from the root of the project
    line: int  # 0 where no line can be told
    rule: str  # the short name of the check; the tests refer to it
    what: str

    def __str__(self) -> str:
        place = f"{self.where}:{self.line}" if self.line else self.where
        return f"{place}: {self.what} [{self.rule}]"
