#!/usr/bin/env python3
"""What Hypothesis does with MAP20 and SNAP30 (see src/main.rs), in the rows of that.

Usage: peer.py map20|snap30
"""
import sys
import time

from hypothesis import HealthCheck, Phase, seed, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

KEYS, NAMES, SEQUENCES, RUNS = 8, 6, 300, 10
keys, values = strategies.integers(0, KEYS - 1), strategies.integers(0, 255)


def given(**others):
    return settings(database=None, deadline=None, suppress_health_check=list(HealthCheck), **others)


class Map(RuleBasedStateMachine):
    """MAP20: at most 20 steps, each compared; rules stand as often as they are to be chosen."""

    steps = 0

    def __init__(self):
        super().__init__()
        self.model, self.map = {}, {}

    def same(self, expected, observed):
        Map.steps += 1
        assert expected == observed and len(self.model) == len(self.map)

    def put(self, key, value):
        self.same(self.model.get(key), self.map.get(key))
        self.model[key] = self.map[key] = value

    def get(self, key):
        self.same(self.model.get(key), self.map.get(key))

    put_1, put_2, put_3 = (rule(key=keys, value=values)(lambda self, key, value: self.put(key, value)) for _ in range(3))
    get_1, get_2 = (rule(key=keys)(lambda self, key: self.get(key)) for _ in range(2))

    @rule(key=keys)
    def delete(self, key):
        self.same(self.model.pop(key, None), self.map.pop(key, None))


def map20():
    begun = time.process_time()
    run_state_machine_as_test(
        Map, settings=given(max_examples=SEQUENCES, stateful_step_count=20, derandomize=True, phases=[Phase.generate])
    )
    print(f"{Map.steps / (time.process_time() - begun):.0f}")


class Snapshots(RuleBasedStateMachine):
    """SNAP30: names are those of the model, the endpoint's copies lose the key."""

    last, executions, played = None, 0, 0

    def __init__(self):
        super().__init__()
        self.model, self.real, self.steps = {}, {}, []
        Snapshots.executions += Snapshots.last is not None

    def step(self, *step):
        self.steps.append(step)
        Snapshots.played += Snapshots.last is not None

    def name(self, data, there):
        return data.draw(strategies.sampled_from([name for name in range(NAMES) if (name in self.model) == there]))

    some = precondition(lambda self: self.model)
    room = precondition(lambda self: len(self.model) < NAMES)

    @room
    @rule(data=strategies.data(), key=strategies.integers(0, 99))
    def create(self, data, key):
        name = self.name(data, False)
        self.step("create", name, key >= 85)
        self.model[name] = self.real[name] = key >= 85

    @some
    @room
    @rule(data=strategies.data())
    def copy(self, data):
        source, target = self.name(data, True), self.name(data, False)
        self.step("copy", source, target)
        self.model[target], self.real[target] = self.model[source], False

    @some
    @rule(data=strategies.data())
    def delete(self, data):
        name = self.name(data, True)
        self.step("delete", name)
        del self.model[name], self.real[name]

    @some
    @rule(data=strategies.data())
    def describe(self, data):
        name = self.name(data, True)
        self.step("describe", name)
        if self.model[name] != self.real[name]:
            Snapshots.last = tuple(self.steps)
            raise AssertionError("another key")


def is_shortest(steps):
    if [step[0] for step in steps] != ["create", "copy", "describe"]:
        return False
    (_, made, key), (_, source, target), (_, shown) = steps
    return key and made == source and target == shown


def snap30():
    runs = []
    for number in range(RUNS):
        Snapshots.last, Snapshots.executions, Snapshots.played = None, 0, 0
        machine = seed(number)(type("Snapshots", (Snapshots,), {}))
        try:
            run_state_machine_as_test(
                machine,
                settings=given(
                    max_examples=1000,
                    stateful_step_count=30,
                    report_multiple_bugs=False,
                    print_blob=False,
                    phases=[Phase.generate, Phase.shrink],
                ),
            )
        except AssertionError:
            runs.append((Snapshots.last, Snapshots.executions, Snapshots.played))
    shortest = sum(is_shortest(last) for last, _, _ in runs)
    executions, steps = (sum(run[place] for run in runs) / len(runs) for place in (1, 2))
    print(shortest, len(runs), f"{executions:.1f}", f"{steps:.0f}", len({last for last, _, _ in runs}), sep="\t")


{"map20": map20, "snap30": snap30}[sys.argv[1]]()
