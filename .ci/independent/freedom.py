"""What the facts leave open, and how this endpoint settles it.

Without a seed every question is answered with its first option. With one, a question is answered either
the same way for the life of the server or anew each time: which of the two is drawn as well, because
nobody has promised that a service makes up its mind.
"""

import random


class Choice:
    def __init__(self, seed=None):
        self.seed = seed
        self.free = seed is not None
        self._random = random.Random(f"{seed}") if self.free else None
        self._settled = {}

    def once(self, question, *options):
        """One answer for the life of the server."""
        if not self.free:
            return options[0]
        if question not in self._settled:
            self._settled[question] = random.Random(f"{self.seed}:{question}").choice(options)
        return self._settled[question]

    def pick(self, question, *options):
        """One answer, or an answer a request, as the seed has it."""
        if not self.free:
            return options[0]
        if self.once(f"steady:{question}", True, False):
            return options[self.once(f"{question}:{len(options)}", *range(len(options)))]
        return self._random.choice(options)

    def rarely(self, question):
        """True in some servers, and there only now and then."""
        return self.free and self.once(question, False, True) and self._random.random() < 0.2

    def order(self, items):
        """The items in any order."""
        items = list(items)
        if self.free:
            self._random.shuffle(items)
        return items

    def upto(self, limit, default):
        """A length of time between nothing and the limit."""
        if not self.free or limit <= 0:
            return default
        return limit * self._random.choice((0.0, 1.0, self._random.random()))
