"""R58 by its text alone, over plain records of who did what, in the order in which it happened."""

from dataclasses import dataclass, field


@dataclass
class Matter:
    """A box: its owners as last named, whether it is closed, and what is in it, the last entered last."""

    owners: list[str] = field(default_factory=list)
    is_closed: bool = False


@dataclass
class Team:
    """What is known. `entered` lists (box, person or conversation) in the order of entering."""

    boxes: dict[str, Matter] = field(default_factory=dict)
    entered: list[tuple[str, str]] = field(default_factory=list)
    taken_by: dict[str, str] = field(default_factory=dict)
    looked_after_by: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def enter(self, box: str, thing: str) -> None:
        """Put a person or a conversation into a box; what is in already has entered before."""
        if (box, thing) not in self.entered:
            self.entered.append((box, thing))

    def leave(self, box: str, thing: str) -> None:
        self.entered.remove((box, thing))

    def responsible(self, person: str, conversation: str | None) -> str | None:
        """Who took the conversation; else the first owner of the open box that it entered last; else the person's."""
        if conversation is not None:
            taker = self.taken_by.get(conversation)
            if taker is not None and taker not in self.gone:
                return taker
        box = self._last_box(conversation) or self._last_box(person)
        if box is not None:
            for owner in box.owners:
                if owner not in self.gone:
                    return owner
        keeper = self.looked_after_by.get(person)
        return None if keeper in self.gone else keeper

    def _last_box(self, thing: str | None) -> Matter | None:
        for box, entered in reversed(self.entered):
            if entered == thing and not self.boxes[box].is_closed:
                return self.boxes[box]
        return None
